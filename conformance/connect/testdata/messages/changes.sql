SELECT pg_logical_emit_message(true, 'kept', 'transactional message');
SELECT pg_logical_emit_message(false, 'kept', 'non-transactional message');
SELECT pg_logical_emit_message(true, 'dropped', 'x');
SELECT pg_logical_emit_message(true, 'kept', '\x00ff'::bytea);
BEGIN; SELECT pg_logical_emit_message(true, 'kept', 'rolled back'); SELECT pg_logical_emit_message(false, 'kept', 'not rolled back'); ROLLBACK;
