CREATE TABLE t (id int PRIMARY KEY, name text, n bigint, secret text);
CREATE TABLE part_1 (id int PRIMARY KEY, v text);
CREATE TABLE part_2 (id int PRIMARY KEY, v text);
INSERT INTO t VALUES (1, 'one', 1, 's');
INSERT INTO part_1 VALUES (1, 'p1');
INSERT INTO part_2 VALUES (1, 'p2');
