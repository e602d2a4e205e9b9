INSERT INTO a VALUES (3, 'cid', 'pw3', 3, 'short');
UPDATE a SET secret = 'changed' WHERE id = 1;
ALTER TABLE a REPLICA IDENTITY FULL;
UPDATE a SET secret = 'again' WHERE id = 1;
UPDATE a SET n = 9 WHERE id = 1;
UPDATE b SET name = 'bea';
DELETE FROM other.c;
