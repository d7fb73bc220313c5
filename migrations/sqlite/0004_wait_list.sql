-- How long an offer to somebody on the wait list stands, in seconds: a day, as for conferences that say nothing.
alter table conferences add column waitlist_offer_s integer not null default 86400;

-- Derived from the log: the entries of wait lists. The ordinal is the position in the log that gave an entry its place,
-- so that places are counted and never stored.
create table wait_list_views (
    entry_id      blob not null primary key,
    conference_id blob not null,
    seat_type_id  blob not null,
    ordinal       integer not null,
    waiting       integer not null,
    status        text not null,
    version       integer not null,
    body          text not null
) strict;
create index wait_list_views_list on wait_list_views (conference_id, ordinal);
create index wait_list_views_place on wait_list_views (conference_id, seat_type_id, waiting, ordinal);
