CREATE TABLE no_pk (a int, b text);
ALTER TABLE no_pk REPLICA IDENTITY FULL;
CREATE TABLE composite_pk (region text, id bigint, v text, PRIMARY KEY (region, id));
CREATE TABLE idx_identity (id int PRIMARY KEY, code text NOT NULL, v text);
CREATE UNIQUE INDEX idx_identity_code ON idx_identity (code);
ALTER TABLE idx_identity REPLICA IDENTITY USING INDEX idx_identity_code;
INSERT INTO no_pk VALUES (1, 'x'), (1, 'x');
INSERT INTO composite_pk VALUES ('eu', 1, 'a');
INSERT INTO idx_identity VALUES (1, 'c1', 'v1');
