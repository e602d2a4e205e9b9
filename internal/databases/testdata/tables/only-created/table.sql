-- public.categories
CREATE TABLE categories (category_id int PRIMARY KEY, title text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
