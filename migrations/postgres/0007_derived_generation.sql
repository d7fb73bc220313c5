-- Counts how often a rebuild has mended derived rows: serving processes then forget what they keep of them in memory.
create table derived_generation (
    id         smallint not null primary key check (id = 1),
    generation bigint   not null
);
insert into derived_generation (id, generation) values (1, 0);
