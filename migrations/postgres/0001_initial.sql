-- The log. Append-only: no statement of the program updates or deletes an event.
create table log_heads (
    shard       smallint not null primary key,
    position    bigint not null,
    recorded_at bigint not null
);

create table events (
    shard          smallint   not null,
    position       bigint   not null,
    conference_id  uuid not null,
    stream_id      uuid not null,
    stream_type    text not null,
    version        bigint   not null,
    event_id       uuid not null,
    event_type     text not null,
    schema_version smallint   not null,
    correlation_id uuid not null,
    causation_id   uuid not null,
    recorded_at    bigint   not null,
    payload        text not null,
    primary key (shard, position),
    unique (shard, stream_id, version),
    unique (shard, event_id)
);
-- The history of a conference, and of one order in it.
create index events_conference on events (conference_id, position, correlation_id);

-- Commands that have had their effect, and what was answered.
create table commands (
    shard       smallint   not null,
    command_id  uuid not null,
    status      smallint   not null,
    concerns    uuid not null,
    version     bigint   not null,
    body_hash   bytea not null,
    recorded_at bigint   not null,
    primary key (shard, command_id)
);

-- Process managers: their state, and when each wants to be woken.
create table processes (
    shard         smallint   not null,
    process_id    uuid not null,
    conference_id uuid not null,
    version       bigint   not null,
    state         text not null,
    due_at        bigint,
    token         bigint   not null,
    primary key (shard, process_id)
);
create index processes_due on processes (shard, due_at) where due_at is not null;

-- What leaves the database.
create table outbox (
    message_id   uuid not null primary key,
    kind         text not null,
    payload      text not null,
    due_at       bigint   not null,
    attempts     integer   not null,
    epoch        bigint   not null,
    state        text not null
);
create index outbox_due on outbox (due_at) where state = 'waiting';

-- What is looked up before its conference is known: slugs, orders, payments.
create table directory (
    kind          text not null,
    entry         bytea not null,
    conference_id uuid not null,
    primary key (kind, entry)
);

-- Secrets that all processes of this database share.
create table secrets (
    name       text  not null,
    value      bytea not null,
    created_at bigint    not null,
    primary key (name, created_at)
);

-- Sessions of organizers: a set of conferences each.
create table sessions (
    token_hash    bytea not null,
    conference_id uuid not null,
    expires_at    bigint   not null,
    primary key (token_hash, conference_id)
);
create index sessions_expiry on sessions (expires_at);

-- Failed look-ups, counted per e-mail and per address.
create table guesses (
    subject      bytea not null primary key,
    failures     bigint   not null,
    window_start bigint   not null,
    blocked_until bigint  not null
);
create index guesses_window on guesses (window_start);

-- Conference Management.
create table conferences (
    conference_id  uuid not null primary key,
    slug           text not null,
    slug_key       text not null unique,
    owner_name     text not null,
    owner_email    text not null,
    owner_hash     bytea not null,
    access_code    text not null,
    name           text not null,
    tagline        text not null,
    description    text not null,
    location       text not null,
    start_date     text not null,
    end_date       text not null,
    currency       text not null,
    time_zone      text not null,
    published      boolean not null,
    ever_published boolean not null,
    redirect_url   text,
    reservation_shown_s  bigint not null,
    reservation_buffer_s bigint not null,
    version        bigint   not null
);
create index conferences_owner on conferences (owner_hash);

create table seat_types (
    seat_type_id  uuid not null primary key,
    conference_id uuid not null,
    name          text not null,
    description   text not null,
    price         bigint   not null,
    quota         bigint   not null,
    ordinal       bigint   not null,
    version       bigint   not null
);
create index seat_types_conference on seat_types (conference_id, ordinal);

-- Payments.
create table payments (
    payment_id    uuid not null primary key,
    order_id      uuid not null,
    conference_id uuid not null,
    status        text not null,
    state         text not null,
    version       bigint not null
);

create table payment_inbox (
    event_id    text not null primary key,
    payment_id  uuid not null,
    body        text not null,
    received_at bigint   not null,
    state       text not null
);

-- The simulated processor's own ledger.
create table processor_ledger (
    payment_id  uuid not null primary key,
    event_id    uuid not null,
    outcome     text not null,
    amount      bigint   not null,
    currency    text not null,
    occurred_at bigint   not null
);

-- Derived from the log.
create table conference_views (
    conference_id uuid not null primary key,
    slug_key      text not null,
    published     boolean not null,
    start_date    text not null,
    search        text not null,
    version       bigint   not null,
    body          text not null
);
create index conference_views_slug on conference_views (slug_key);
create index conference_views_list on conference_views (published, start_date, conference_id);

create table order_views (
    order_id      uuid not null primary key,
    conference_id uuid not null,
    status        text not null,
    search        text not null,
    version       bigint   not null,
    body          text not null
);
create index order_views_conference on order_views (conference_id, order_id);

create table order_locators (
    email_hash bytea not null,
    order_id   uuid not null,
    primary key (email_hash, order_id)
);

create table assignment_views (
    order_id      uuid not null primary key,
    conference_id uuid not null,
    version       bigint   not null,
    body          text not null
);
create index assignment_views_conference on assignment_views (conference_id, order_id);

create table summary_views (
    conference_id uuid not null primary key,
    version       bigint   not null,
    body          text not null
);

create table attention_views (
    order_id      uuid not null,
    payment_id    uuid not null,
    conference_id uuid not null,
    body          text not null,
    primary key (order_id, payment_id)
);
create index attention_views_conference on attention_views (conference_id, order_id);
