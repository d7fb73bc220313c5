-- Conference Management: promotional codes. A code is stored in upper case, so it is taken whatever its case.
create table promo_codes (
    promo_code_id blob not null primary key,
    conference_id blob not null,
    code          text not null,
    description   text not null,
    discount      text not null,
    seat_type_ids text,
    max_uses      integer,
    combines      text not null,
    active        integer not null,
    version       integer not null,
    unique (conference_id, code)
) strict;
