-- Conference Management: promotional codes. A code is stored in upper case, so it is taken whatever its case.
create table promo_codes (
    promo_code_id uuid not null primary key,
    conference_id uuid not null,
    code          text not null,
    description   text not null,
    discount      text not null,
    seat_type_ids text,
    max_uses      bigint,
    combines      text not null,
    active        boolean not null,
    version       bigint not null,
    unique (conference_id, code)
);
