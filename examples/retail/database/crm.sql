-- The database of the customer relations' applications. It is applied whenever the server starts.
DO $$ BEGIN
  CREATE TYPE tier AS ENUM ('basic', 'silver', 'gold');
  CREATE TYPE purpose AS ENUM ('newsletter', 'profiling', 'sharing');
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

CREATE TABLE IF NOT EXISTS customer (
  customer_id   text PRIMARY KEY,
  full_name     text,
  email         text,
  phone         text,
  birth_date    date,
  country       text NOT NULL,
  tier          tier NOT NULL DEFAULT 'basic',
  address       jsonb,
  preferences   jsonb NOT NULL DEFAULT '{}',
  password_hash text NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  updated_at    timestamptz(3) NOT NULL DEFAULT now()
);
COMMENT ON TABLE customer IS 'The latest profile of each customer.';
COMMENT ON COLUMN customer.customer_id IS 'C- and eight digits';
COMMENT ON COLUMN customer.country IS 'ISO 3166-1 alpha-2';

CREATE TABLE IF NOT EXISTS consent (
  customer_id text NOT NULL REFERENCES customer ON DELETE CASCADE,
  purpose     purpose NOT NULL,
  granted     boolean NOT NULL,
  decided_at  timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (customer_id, purpose)
);
COMMENT ON TABLE consent IS 'What each customer agreed to last, by purpose.';

-- Changes tell the whole row as it was, so that long values which did not change are there as well.
ALTER TABLE customer REPLICA IDENTITY FULL;
ALTER TABLE consent REPLICA IDENTITY FULL;
