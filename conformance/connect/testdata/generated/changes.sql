INSERT INTO gen (id, a) VALUES (2, 20);
UPDATE gen SET a = 21 WHERE id = 2;
DELETE FROM gen WHERE id = 1;
