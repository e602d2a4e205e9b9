INSERT INTO t VALUES (2, 'routed_routebyfield_field_b');
UPDATE t SET kind = 'routed_routebyfield_field_a' WHERE id = 2;
