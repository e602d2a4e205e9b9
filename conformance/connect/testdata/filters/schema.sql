CREATE SCHEMA other;
CREATE TABLE a (id int PRIMARY KEY, name text, secret text, n int, note varchar(50));
CREATE TABLE b (id int PRIMARY KEY, name text);
CREATE TABLE other.c (id int PRIMARY KEY, name text);
INSERT INTO a VALUES (1, 'ann', 'pw', 1, 'a long note that is cut'), (2, NULL, NULL, NULL, NULL);
INSERT INTO b VALUES (1, 'bob');
INSERT INTO other.c VALUES (1, 'cat');
