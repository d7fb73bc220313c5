-- Counts how often a rebuild has mended derived rows: serving processes then forget what they keep of them in memory.
create table derived_generation (
    id         integer not null primary key check (id = 1),
    generation integer not null
) strict;
insert into derived_generation (id, generation) values (1, 0);
