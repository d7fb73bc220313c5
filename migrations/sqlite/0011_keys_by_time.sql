-- Ids are ordered by time, and what is recorded together is looked up together. A key that begins with the shard has as many
-- places where it grows as there are shards, and each is a page that a commit writes; one that begins with the id has one.
create table events_by_time (
    shard          integer   not null,
    position       integer   not null,
    conference_id  blob not null,
    stream_id      blob not null,
    stream_type    text not null,
    version        integer   not null,
    event_id       blob not null,
    event_type     text not null,
    schema_version integer   not null,
    correlation_id blob not null,
    causation_id   blob not null,
    recorded_at    integer   not null,
    payload        text not null,
    primary key (shard, position),
    unique (stream_id, shard, version),
    unique (event_id, shard)
) strict;
insert into events_by_time select * from events order by rowid;
drop table events;
alter table events_by_time rename to events;
-- The history of a conference, and of one order in it.
create index events_conference on events (conference_id, position, correlation_id);

create table commands_by_time (
    shard       integer   not null,
    command_id  blob not null,
    status      integer   not null,
    concerns    blob not null,
    version     integer   not null,
    body_hash   blob not null,
    recorded_at integer   not null,
    primary key (command_id, shard)
) strict, without rowid;
insert into commands_by_time select * from commands order by command_id;
drop table commands;
alter table commands_by_time rename to commands;

create table processes_by_time (
    shard         integer   not null,
    process_id    blob not null,
    conference_id blob not null,
    version       integer   not null,
    state         text not null,
    due_at        integer,
    token         integer   not null,
    primary key (process_id, shard)
) strict, without rowid;
insert into processes_by_time select * from processes order by process_id;
drop table processes;
alter table processes_by_time rename to processes;
create index processes_due on processes (shard, due_at) where due_at is not null;
