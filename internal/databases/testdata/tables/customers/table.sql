-- crm.customers
CREATE SCHEMA crm;
CREATE TYPE crm.tier AS ENUM ('basic', 'silver', 'gold');
CREATE TABLE crm.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  email varchar(254) NOT NULL,
  phone varchar(30),
  birth_date date,
  born_on date NOT NULL,
  street text,
  city text NOT NULL,
  postcode varchar(12),
  tier crm.tier NOT NULL DEFAULT 'basic',
  password_hash text NOT NULL,
  last_login_ip inet,
  national_id uuid,
  preferences jsonb NOT NULL DEFAULT '{}',
  tags text[],
  "on" boolean,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE crm.customers IS 'Who buys from us: "customers", as the law
calls them # since 2019';
COMMENT ON COLUMN crm.customers.id IS 'Given at sign-up';
COMMENT ON COLUMN crm.customers.tier IS 'Loyalty tier: {basic, silver, gold}';
