CREATE TABLE people (
    id bigint GENERATED ALWAYS AS IDENTITY,
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    password_hash text NOT NULL,
    -- Raised by signing out and by a new password: sessions begun before end everywhere.
    session_epoch integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    CONSTRAINT people_pkey PRIMARY KEY (id),
    CONSTRAINT people_email_key UNIQUE (email),
    CONSTRAINT people_email_lower_case CHECK (email = lower(email)),
    CONSTRAINT people_role_known CHECK (role IN ('owner', 'manager', 'programmer', 'box_office', 'usher'))
);

-- What staff did: actor, time and reason of every override.
CREATE TABLE staff_log (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    person_id bigint NOT NULL,
    action text NOT NULL,
    show_id bigint,
    reason text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    request_id uuid NOT NULL,
    CONSTRAINT staff_log_pkey PRIMARY KEY (id),
    CONSTRAINT staff_log_person_fkey FOREIGN KEY (person_id) REFERENCES people (id),
    CONSTRAINT staff_log_reason_given CHECK (reason <> '')
);
