-- an incremental snapshot of one table through the table of signals (only j_plain reads it); types_* would fail, as they have a generated column
INSERT INTO debezium_signal VALUES ('ad-hoc-1', 'execute-snapshot', '{"data-collections": ["public.idx_identity"], "type": "incremental"}');
