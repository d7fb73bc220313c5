-- The forms in which events lie in the log. A program looks here at its start, and not through the whole log, for one
-- that it does not know.
create table event_forms (
    stream_type    text    not null,
    event_type     text    not null,
    schema_version integer not null,
    primary key (stream_type, event_type, schema_version)
) strict, without rowid;
insert into event_forms (stream_type, event_type, schema_version)
    select distinct stream_type, event_type, schema_version from events;
