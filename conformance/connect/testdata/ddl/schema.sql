CREATE TABLE d (id int PRIMARY KEY, a text NOT NULL DEFAULT 'x', b int);
INSERT INTO d VALUES (1, 'one', 1);
