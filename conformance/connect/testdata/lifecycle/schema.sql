CREATE TABLE l (id int PRIMARY KEY, v text);
INSERT INTO l VALUES (1, 'a');
