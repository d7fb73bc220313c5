-- Callbacks that wait, found without looking through those that were handled.
create index payment_inbox_open on payment_inbox (received_at) where state <> 'handled';
