CREATE TABLE s (id int PRIMARY KEY, v text);
CREATE TABLE empty (id int PRIMARY KEY);
CREATE TABLE t2 (id int PRIMARY KEY);
INSERT INTO s VALUES (1, 'a'), (2, 'b'), (3, 'c');
INSERT INTO t2 VALUES (1);
