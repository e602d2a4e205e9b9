BEGIN;
INSERT INTO orders (customer, amount) VALUES ('cat', 3.00);
UPDATE orders SET status = 'paid' WHERE customer = 'ann';
DELETE FROM orders WHERE customer = 'bob';
SAVEPOINT s1;
INSERT INTO orders (customer, amount) VALUES ('never', 1);
ROLLBACK TO s1;
COMMIT;
BEGIN; INSERT INTO orders (customer, amount) VALUES ('rolledback', 1); ROLLBACK;
SELECT pg_logical_emit_message(true, 'fixture', 'transactional message');
SELECT pg_logical_emit_message(false, 'fixture', 'non-transactional message');
INSERT INTO orders (customer, amount) SELECT 'bulk' || i, i FROM generate_series(1, 3) i;

BEGIN; SAVEPOINT a; INSERT INTO orders (customer, amount) VALUES ('a', 1); SAVEPOINT b; INSERT INTO orders (customer, amount) VALUES ('b', 2); ROLLBACK TO b; RELEASE a; INSERT INTO orders (customer, amount) VALUES ('c', 3); COMMIT;
BEGIN; UPDATE orders SET status = 'x' WHERE customer = 'c'; UPDATE orders SET status = 'y' WHERE customer = 'c'; DELETE FROM orders WHERE customer = 'c'; INSERT INTO orders (customer, amount) VALUES ('c', 4); COMMIT;
INSERT INTO orders (customer, amount) SELECT 'many' || i, i FROM generate_series(1, 60) i;
UPDATE orders SET amount = amount + 1 WHERE customer LIKE 'many%';
