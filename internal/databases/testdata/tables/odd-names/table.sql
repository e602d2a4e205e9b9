-- Sales.OrderLines
CREATE SCHEMA "Sales";
CREATE TABLE "Sales"."OrderLines" (
  "Order ID" int NOT NULL,
  "lineNo" int NOT NULL,
  "order-id" text,
  "Straße" text,
  "1st" text,
  "first.name" text,
  "null" text,
  "Geburtsdatum: {tag}" date,
  PRIMARY KEY ("lineNo", "null")
);
COMMENT ON TABLE "Sales"."OrderLines" IS ' - lines, one
each: ';
