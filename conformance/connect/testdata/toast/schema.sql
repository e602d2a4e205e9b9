CREATE TABLE toast_default (id int PRIMARY KEY, n int, big_text text, big_json jsonb, big_bytea bytea, big_arr text[]);
ALTER TABLE toast_default ALTER big_text SET STORAGE EXTERNAL, ALTER big_bytea SET STORAGE EXTERNAL, ALTER big_json SET STORAGE EXTERNAL, ALTER big_arr SET STORAGE EXTERNAL;
CREATE TABLE toast_full (LIKE toast_default INCLUDING ALL);
ALTER TABLE toast_full REPLICA IDENTITY FULL;
INSERT INTO toast_default SELECT 1, 1, repeat('T', 10000), jsonb_build_object('k', repeat('J', 10000)), decode(repeat('ab', 10000), 'hex'), ARRAY[repeat('A', 10000)];
INSERT INTO toast_full SELECT 1, 1, repeat('T', 10000), jsonb_build_object('k', repeat('J', 10000)), decode(repeat('ab', 10000), 'hex'), ARRAY[repeat('A', 10000)];
