CREATE SCHEMA "Sales-2024";
CREATE TABLE "Sales-2024"."Order Items" ("Id" int PRIMARY KEY, "unit price" numeric(8,2), "ünï" text, "a.b" int, "1st" int);
CREATE TABLE "MiXed" (id int PRIMARY KEY, "Value" text);
INSERT INTO "Sales-2024"."Order Items" VALUES (1, 1.25, 'x', 2, 3);
INSERT INTO "MiXed" VALUES (1, 'v');
