UPDATE "Sales-2024"."Order Items" SET "ünï" = 'y';
DELETE FROM "MiXed";
