-- The log. Append-only: no statement of the program updates or deletes an event.
create table log_heads (
    shard       integer not null primary key,
    position    integer not null,
    recorded_at integer not null
) strict;

create table events (
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
    unique (shard, stream_id, version),
    unique (shard, event_id)
) strict;
-- The history of a conference, and of one order in it.
create index events_conference on events (conference_id, position, correlation_id);

-- Commands that have had their effect, and what was answered.
create table commands (
    shard       integer   not null,
    command_id  blob not null,
    status      integer   not null,
    concerns    blob not null,
    version     integer   not null,
    body_hash   blob not null,
    recorded_at integer   not null,
    primary key (shard, command_id)
) strict, without rowid;

-- Process managers: their state, and when each wants to be woken.
create table processes (
    shard         integer   not null,
    process_id    blob not null,
    conference_id blob not null,
    version       integer   not null,
    state         text not null,
    due_at        integer,
    token         integer   not null,
    primary key (shard, process_id)
) strict, without rowid;
create index processes_due on processes (shard, due_at) where due_at is not null;

-- What leaves the database.
create table outbox (
    message_id   blob not null primary key,
    kind         text not null,
    payload      text not null,
    due_at       integer   not null,
    attempts     integer   not null,
    epoch        integer   not null,
    state        text not null
) strict;
create index outbox_due on outbox (due_at) where state = 'waiting';

-- What is looked up before its conference is known: slugs, orders, payments.
create table directory (
    kind          text not null,
    entry         blob not null,
    conference_id blob not null,
    primary key (kind, entry)
) strict, without rowid;

-- Secrets that all processes of this database share.
create table secrets (
    name       text  not null,
    value      blob not null,
    created_at integer    not null,
    primary key (name, created_at)
) strict;

-- Sessions of organizers: a set of conferences each.
create table sessions (
    token_hash    blob not null,
    conference_id blob not null,
    expires_at    integer   not null,
    primary key (token_hash, conference_id)
) strict, without rowid;
create index sessions_expiry on sessions (expires_at);

-- Failed look-ups, counted per e-mail and per address.
create table guesses (
    subject      blob not null primary key,
    failures     integer   not null,
    window_start integer   not null,
    blocked_until integer  not null
) strict;
create index guesses_window on guesses (window_start);

-- Conference Management.
create table conferences (
    conference_id  blob not null primary key,
    slug           text not null,
    slug_key       text not null unique,
    owner_name     text not null,
    owner_email    text not null,
    owner_hash     blob not null,
    access_code    text not null,
    name           text not null,
    tagline        text not null,
    description    text not null,
    location       text not null,
    start_date     text not null,
    end_date       text not null,
    currency       text not null,
    time_zone      text not null,
    published      integer not null,
    ever_published integer not null,
    redirect_url   text,
    reservation_shown_s  integer not null,
    reservation_buffer_s integer not null,
    version        integer   not null
) strict;
create index conferences_owner on conferences (owner_hash);

create table seat_types (
    seat_type_id  blob not null primary key,
    conference_id blob not null,
    name          text not null,
    description   text not null,
    price         integer   not null,
    quota         integer   not null,
    ordinal       integer   not null,
    version       integer   not null
) strict;
create index seat_types_conference on seat_types (conference_id, ordinal);

-- Payments.
create table payments (
    payment_id    blob not null primary key,
    order_id      blob not null,
    conference_id blob not null,
    status        text not null,
    state         text not null,
    version       integer not null
) strict;

create table payment_inbox (
    event_id    text not null primary key,
    payment_id  blob not null,
    body        text not null,
    received_at integer   not null,
    state       text not null
) strict;

-- The simulated processor's own ledger.
create table processor_ledger (
    payment_id  blob not null primary key,
    event_id    blob not null,
    outcome     text not null,
    amount      integer   not null,
    currency    text not null,
    occurred_at integer   not null
) strict;

-- Derived from the log.
create table conference_views (
    conference_id blob not null primary key,
    slug_key      text not null,
    published     integer not null,
    start_date    text not null,
    search        text not null,
    version       integer   not null,
    body          text not null
) strict;
create index conference_views_slug on conference_views (slug_key);
create index conference_views_list on conference_views (published, start_date, conference_id);

create table order_views (
    order_id      blob not null primary key,
    conference_id blob not null,
    status        text not null,
    search        text not null,
    version       integer   not null,
    body          text not null
) strict;
create index order_views_conference on order_views (conference_id, order_id);

create table order_locators (
    email_hash blob not null,
    order_id   blob not null,
    primary key (email_hash, order_id)
) strict, without rowid;

create table assignment_views (
    order_id      blob not null primary key,
    conference_id blob not null,
    version       integer   not null,
    body          text not null
) strict;
create index assignment_views_conference on assignment_views (conference_id, order_id);

create table summary_views (
    conference_id blob not null primary key,
    version       integer   not null,
    body          text not null
) strict;

create table attention_views (
    order_id      blob not null,
    payment_id    blob not null,
    conference_id blob not null,
    body          text not null,
    primary key (order_id, payment_id)
) strict;
create index attention_views_conference on attention_views (conference_id, order_id);
