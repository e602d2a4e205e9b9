CREATE TABLE t (id int PRIMARY KEY, kind text NOT NULL);
INSERT INTO t VALUES (1, 'routed_routebyfield_field_a');
