-- public.prices
CREATE TABLE prices (
  sku text NOT NULL,
  region text NOT NULL,
  nullable text UNIQUE,
  amount numeric(10, 2) NOT NULL,
  valid_from timestamp NOT NULL
);
CREATE UNIQUE INDEX prices_some ON prices (region) WHERE amount > 0;
CREATE UNIQUE INDEX prices_expression ON prices (lower(sku));
CREATE UNIQUE INDEX prices_key ON prices (sku, region) INCLUDE (amount);
ALTER TABLE prices REPLICA IDENTITY FULL;
