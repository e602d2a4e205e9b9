CREATE TABLE debezium_signal (id varchar(42) PRIMARY KEY, type varchar(32) NOT NULL, data varchar(2048));
CREATE TABLE big (id int PRIMARY KEY, v text);
CREATE TABLE two (a int, b text, v int, PRIMARY KEY (a, b));
CREATE TABLE nokey (a int);
INSERT INTO big SELECT i, 'v' || i FROM generate_series(1, 25) i;
INSERT INTO two SELECT i, 'b' || i, i FROM generate_series(1, 12) i;
