-- On PostgreSQL several writers append at once, each to its own shards: keys that begin with the shard keep them apart.
select 1;
