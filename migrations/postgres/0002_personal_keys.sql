-- The keys of personal data in the log, one for each subject. An erased one keeps its row without its key.
create table personal_keys (
    subject_id uuid   not null primary key,
    value      bytea,
    created_at bigint not null,
    erased_at  bigint
);
