-- Equality and overlap in one exclusion constraint (shows on one screen).
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE movies (
    id bigint GENERATED ALWAYS AS IDENTITY,
    slug text NOT NULL,
    title text NOT NULL,
    year integer NOT NULL,
    director text NOT NULL,
    running_minutes integer NOT NULL,
    certificate text NOT NULL,
    languages text[] NOT NULL,
    genres text[] NOT NULL,
    synopsis text NOT NULL,
    CONSTRAINT movies_pkey PRIMARY KEY (id),
    CONSTRAINT movies_slug_key UNIQUE (slug),
    CONSTRAINT movies_certificate_known CHECK (certificate IN ('U', 'UA7', 'UA13', 'UA16', 'A', 'S')),
    CONSTRAINT movies_running_time_believable CHECK (running_minutes BETWEEN 1 AND 600)
);

CREATE TABLE cities (
    id bigint GENERATED ALWAYS AS IDENTITY,
    slug text NOT NULL,
    name text NOT NULL,
    CONSTRAINT cities_pkey PRIMARY KEY (id),
    CONSTRAINT cities_slug_key UNIQUE (slug)
);

CREATE TABLE cinemas (
    id bigint GENERATED ALWAYS AS IDENTITY,
    slug text NOT NULL,
    name text NOT NULL,
    city_id bigint NOT NULL,
    address text NOT NULL,
    time_zone text NOT NULL,
    currency text NOT NULL,
    -- Turnaround of a show, stored apart: minutes of trailers, of the interval, and of cleaning.
    trailer_minutes integer NOT NULL,
    interval_minutes integer NOT NULL,
    cleaning_minutes integer NOT NULL,
    CONSTRAINT cinemas_pkey PRIMARY KEY (id),
    CONSTRAINT cinemas_slug_key UNIQUE (slug),
    CONSTRAINT cinemas_city_fkey FOREIGN KEY (city_id) REFERENCES cities (id),
    CONSTRAINT cinemas_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT cinemas_turnaround_not_negative
        CHECK (trailer_minutes >= 0 AND interval_minutes >= 0 AND cleaning_minutes >= 0)
);

CREATE TABLE screens (
    id bigint GENERATED ALWAYS AS IDENTITY,
    cinema_id bigint NOT NULL,
    name text NOT NULL,
    CONSTRAINT screens_pkey PRIMARY KEY (id),
    CONSTRAINT screens_cinema_fkey FOREIGN KEY (cinema_id) REFERENCES cinemas (id),
    CONSTRAINT screens_name_key UNIQUE (cinema_id, name)
);

-- A layout is one published version of a screen's seating. Shows name the layout, so a new version never moves the
-- seats under people who have bought.
CREATE TABLE layouts (
    id bigint GENERATED ALWAYS AS IDENTITY,
    screen_id bigint NOT NULL,
    version integer NOT NULL,
    plan text NOT NULL,
    grid_rows integer NOT NULL,
    grid_columns integer NOT NULL,
    CONSTRAINT layouts_pkey PRIMARY KEY (id),
    CONSTRAINT layouts_screen_fkey FOREIGN KEY (screen_id) REFERENCES screens (id),
    CONSTRAINT layouts_version_key UNIQUE (screen_id, version),
    -- Target of the key that keeps a show's layout on the show's own screen.
    CONSTRAINT layouts_of_screen_key UNIQUE (id, screen_id)
);

CREATE TABLE zones (
    layout_id bigint NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    position integer NOT NULL,
    CONSTRAINT zones_pkey PRIMARY KEY (layout_id, code),
    CONSTRAINT zones_layout_fkey FOREIGN KEY (layout_id) REFERENCES layouts (id),
    CONSTRAINT zones_position_key UNIQUE (layout_id, position)
);

CREATE TABLE seats (
    id bigint GENERATED ALWAYS AS IDENTITY,
    layout_id bigint NOT NULL,
    zone text NOT NULL,
    row_label text NOT NULL,
    number integer NOT NULL,
    kind text NOT NULL,
    grid_row integer NOT NULL,
    grid_column integer NOT NULL,
    width integer NOT NULL,
    -- A run of neighbouring seats, from the layout alone: rules over neighbours lock whole segments.
    segment integer NOT NULL,
    CONSTRAINT seats_pkey PRIMARY KEY (id),
    -- Target of the key that keeps a show's seats inside the show's layout.
    CONSTRAINT seats_of_layout_key UNIQUE (id, layout_id),
    CONSTRAINT seats_zone_fkey FOREIGN KEY (layout_id, zone) REFERENCES zones (layout_id, code),
    CONSTRAINT seats_label_key UNIQUE (layout_id, row_label, number),
    CONSTRAINT seats_place_key UNIQUE (layout_id, grid_row, grid_column),
    CONSTRAINT seats_kind_known CHECK (kind IN ('standard', 'sofa', 'wheelchair', 'companion')),
    CONSTRAINT seats_width_positive CHECK (width > 0)
);

CREATE TABLE shows (
    id bigint GENERATED ALWAYS AS IDENTITY,
    movie_id bigint NOT NULL,
    screen_id bigint NOT NULL,
    layout_id bigint NOT NULL,
    language text NOT NULL,
    subtitles text,
    format text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    -- The screen's next show may start here: turnaround included. Stored, because an exclusion constraint needs an
    -- immutable expression, and NOT NULL and later than the start, because a null or empty range overlaps nothing.
    free_at timestamptz NOT NULL,
    sale_ends_at timestamptz NOT NULL,
    currency text NOT NULL,
    status text NOT NULL,
    version integer NOT NULL,
    CONSTRAINT shows_pkey PRIMARY KEY (id),
    CONSTRAINT shows_movie_fkey FOREIGN KEY (movie_id) REFERENCES movies (id),
    CONSTRAINT shows_layout_on_its_screen FOREIGN KEY (layout_id, screen_id) REFERENCES layouts (id, screen_id),
    CONSTRAINT shows_of_layout_key UNIQUE (id, layout_id),
    CONSTRAINT shows_status_known CHECK (status IN ('published', 'cancelled')),
    CONSTRAINT shows_format_known CHECK (format IN ('2D', '3D', 'IMAX', '4DX')),
    CONSTRAINT shows_times_in_order CHECK (starts_at < ends_at AND ends_at <= free_at AND sale_ends_at <= ends_at),
    -- One screen plays one live show at a time; back to back is fine. Deferrable, so that two shows can swap places.
    CONSTRAINT shows_do_not_overlap EXCLUDE USING gist (screen_id WITH =, tstzrange(starts_at, free_at, '[)') WITH &&)
        WHERE (status <> 'cancelled') DEFERRABLE INITIALLY IMMEDIATE
);
-- What is on, in order of time: the listing's way in.
CREATE INDEX shows_by_start ON shows (starts_at);
CREATE INDEX shows_by_movie ON shows (movie_id, starts_at);

CREATE TABLE show_prices (
    show_id bigint NOT NULL,
    layout_id bigint NOT NULL,
    zone text NOT NULL,
    adult_price bigint NOT NULL,
    -- Null: this price type is not sold for this show (no child ticket for an A certificate).
    child_price bigint,
    senior_price bigint,
    CONSTRAINT show_prices_pkey PRIMARY KEY (show_id, zone),
    CONSTRAINT show_prices_show_fkey FOREIGN KEY (show_id, layout_id) REFERENCES shows (id, layout_id),
    CONSTRAINT show_prices_zone_fkey FOREIGN KEY (layout_id, zone) REFERENCES zones (layout_id, code),
    CONSTRAINT show_prices_positive
        CHECK (adult_price > 0 AND coalesce(child_price, 1) > 0 AND coalesce(senior_price, 1) > 0)
);

-- A layout that a show uses never changes: people hold tickets for its seats, and the seat map relies on it.
CREATE FUNCTION layout_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    used bigint;
BEGIN
    -- Both, since a seat could also be carried over from one layout to another. What a command does not have is null.
    SELECT layout_id INTO used FROM shows WHERE layout_id IN (OLD.layout_id, NEW.layout_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'layout % is used by a show: publish a new version instead', used
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER seats_fixed_once_used BEFORE INSERT OR UPDATE OR DELETE ON seats
    FOR EACH ROW EXECUTE FUNCTION layout_refuse_change();
CREATE TRIGGER zones_fixed_once_used BEFORE INSERT OR UPDATE OR DELETE ON zones
    FOR EACH ROW EXECUTE FUNCTION layout_refuse_change();
