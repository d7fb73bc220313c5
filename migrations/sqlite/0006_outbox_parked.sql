-- What was given up, for the operator.
create index outbox_parked on outbox (message_id) where state = 'parked';
