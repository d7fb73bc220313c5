-- What a conference's own words are in, if its organizer has said: 'en'. Texts in other languages by the tag of each, as
-- JSON: {"de": {"name": "…"}}. What is absent there is read in the conference's own words.
alter table conferences add column language text;
alter table conferences add column translations text not null default '{}';
alter table seat_types add column translations text not null default '{}';
