-- The keys of personal data in the log, one for each subject. An erased one keeps its row without its key.
create table personal_keys (
    subject_id blob    not null primary key,
    value      blob,
    created_at integer not null,
    erased_at  integer
) strict, without rowid;
