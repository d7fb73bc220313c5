-- What the simulated processor has given back. The payment is the key of its refund, so that a repeat is the same one.
create table processor_refunds (
    payment_id  uuid not null primary key,
    amount      bigint not null,
    currency    text not null,
    refunded_at bigint not null
);
