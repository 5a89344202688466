--
-- PostgreSQL database dump
--


-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: account; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.account (
    id uuid NOT NULL,
    username character varying(64) NOT NULL,
    display_name character varying(64) NOT NULL,
    role character varying(16) NOT NULL,
    password_hash character varying(256) NOT NULL,
    active boolean NOT NULL,
    failures integer NOT NULL,
    locked_until timestamp with time zone,
    created_at timestamp with time zone NOT NULL
);


--
-- Name: account_session; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.account_session (
    token_hash character varying(64) NOT NULL,
    account_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);


--
-- Name: account_unit; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.account_unit (
    account_id uuid NOT NULL,
    unit_id uuid NOT NULL
);


--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: draft; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.draft (
    invitation_id uuid NOT NULL,
    response_id uuid NOT NULL,
    page integer NOT NULL,
    answers jsonb NOT NULL,
    background jsonb NOT NULL,
    texts jsonb NOT NULL,
    page_ms jsonb NOT NULL,
    consent_mode character varying(16) NOT NULL,
    consent_version character varying(16) NOT NULL,
    consent_hash character varying(64) NOT NULL,
    consented_at timestamp with time zone NOT NULL,
    saved_at timestamp with time zone NOT NULL
);


--
-- Name: invitation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.invitation (
    id uuid NOT NULL,
    survey_id uuid NOT NULL,
    person_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    token_hash character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL
);


--
-- Name: person; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.person (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    staff_number character varying(64) NOT NULL,
    name character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL
);


--
-- Name: report_run; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.report_run (
    id uuid NOT NULL,
    survey_id uuid NOT NULL,
    purpose character varying(16) NOT NULL,
    language character varying(16) NOT NULL,
    seed integer NOT NULL,
    state character varying(8) NOT NULL,
    progress double precision NOT NULL,
    step character varying(64) NOT NULL,
    heartbeat_at timestamp with time zone,
    problem character varying(1000) NOT NULL,
    n_responses integer,
    data_fingerprint character varying(80) NOT NULL,
    engine_version character varying(32) NOT NULL,
    result jsonb,
    requested_by uuid,
    requested_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT ck_report_run_state CHECK (((state)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying, 'done'::character varying, 'failed'::character varying])::text[])))
);


--
-- Name: response; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.response (
    id uuid NOT NULL,
    survey_id uuid NOT NULL,
    person_id uuid,
    unit_id uuid,
    source_row integer,
    form character varying(32) NOT NULL,
    language character varying(16) NOT NULL,
    answers jsonb NOT NULL,
    vector bytea NOT NULL,
    background jsonb NOT NULL,
    texts jsonb NOT NULL,
    page_ms jsonb NOT NULL,
    consent_mode character varying(16) NOT NULL,
    consent_version character varying(16) NOT NULL,
    consent_hash character varying(64) NOT NULL,
    receipt_hash character varying(64) NOT NULL,
    submitted_at timestamp with time zone
);


--
-- Name: score_evidence; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.score_evidence (
    survey_id uuid NOT NULL,
    run_id uuid NOT NULL,
    n_responses integer NOT NULL,
    data_fingerprint character varying(80) NOT NULL,
    engine_version character varying(32) NOT NULL,
    evidence jsonb NOT NULL,
    computed_at timestamp with time zone NOT NULL
);


--
-- Name: score_record; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.score_record (
    response_id uuid NOT NULL,
    scoring_version character varying(96) NOT NULL,
    scores jsonb NOT NULL
);


--
-- Name: survey; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.survey (
    id uuid NOT NULL,
    title character varying(128) NOT NULL,
    office character varying(128) NOT NULL,
    instrument_id character varying(64) NOT NULL,
    instrument_version character varying(16) NOT NULL,
    instrument_fingerprint character varying(80) NOT NULL,
    form character varying(32) NOT NULL,
    language character varying(16) NOT NULL,
    mode character varying(16) NOT NULL,
    origin character varying(16) NOT NULL,
    min_group_n integer NOT NULL,
    state character varying(8) NOT NULL,
    closes_at timestamp with time zone,
    opened_at timestamp with time zone,
    closed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    created_by uuid,
    CONSTRAINT ck_survey_mode CHECK (((mode)::text = ANY ((ARRAY['identified'::character varying, 'confidential'::character varying, 'anonymous'::character varying])::text[]))),
    CONSTRAINT ck_survey_origin CHECK (((origin)::text = ANY ((ARRAY['collected'::character varying, 'imported'::character varying, 'simulated'::character varying])::text[]))),
    CONSTRAINT ck_survey_state CHECK (((state)::text = ANY ((ARRAY['draft'::character varying, 'open'::character varying, 'closed'::character varying])::text[])))
);


--
-- Name: survey_unit; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.survey_unit (
    survey_id uuid NOT NULL,
    unit_id uuid NOT NULL
);


--
-- Name: trail_entry; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.trail_entry (
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor character varying(64) NOT NULL,
    action character varying(64) NOT NULL,
    subject character varying(128) NOT NULL,
    detail jsonb NOT NULL,
    commitment character varying(64) NOT NULL,
    previous character varying(64) NOT NULL,
    digest character varying(64) NOT NULL
);


--
-- Name: unit; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.unit (
    id uuid NOT NULL,
    code character varying(32) NOT NULL,
    name character varying(128) NOT NULL,
    parent_id uuid,
    created_at timestamp with time zone NOT NULL
);


--
-- Data for Name: account; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.account VALUES ('e4b06ce6-0741-47a8-bce4-2c8218072e8c', 'li', '李人事', 'hr', 'x', true, 0, NULL, '2026-03-02 01:00:00+00');


--
-- Data for Name: account_session; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: account_unit; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.account_unit VALUES ('e4b06ce6-0741-47a8-bce4-2c8218072e8c', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5');


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES ('0001');


--
-- Data for Name: draft; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.draft VALUES ('4986f3a6-948b-42b1-9910-ddd76215f679', '28fa361a-6661-4877-b225-78ebeb391d06', 2, '{"j_zc1": 4, "j_zc2": 1, "j_zc3": 3, "j_zc4": 1, "j_zz1": 2, "j_zz2": 1, "j_zz4": 5}', '{"bg_sex": "f"}', '{}', '{"1": 68801}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '2026-03-02 01:00:00+00', '2026-03-02 01:00:00+00');
INSERT INTO public.draft VALUES ('6eb8f85f-1e10-453b-87e2-1846460a02ec', '7fe9da20-0712-4b2f-b0ab-1c2e174e3f4b', 2, '{"j_zc1": 2, "j_zc2": 5, "j_zc3": 5, "j_zc4": 4, "j_zz1": 3, "j_zz2": 2, "j_zz3": 4, "j_zz4": 3}', '{"bg_sex": "f"}', '{}', '{"1": 46299}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '2026-03-02 01:00:00+00', '2026-03-02 01:00:00+00');
INSERT INTO public.draft VALUES ('6c931d1a-8951-4454-a14e-939ab62e9693', 'b6aafae5-11f1-4c60-a992-1b68eb7fec92', 2, '{"j_zc1": 1, "j_zc2": 1, "j_zc3": 5, "j_zc4": 3, "j_zz1": 5, "j_zz2": 1, "j_zz3": 1, "j_zz4": 2}', '{"bg_sex": "f"}', '{}', '{"1": 40985}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '2026-03-02 01:00:00+00', '2026-03-02 01:00:00+00');
INSERT INTO public.draft VALUES ('e539d34d-20d1-4b7d-aa0c-b6f5717f5eed', 'e61541b6-b528-414c-836e-5359652b0ed7', 2, '{"j_zc1": 1, "j_zc2": 3, "j_zc3": 3, "j_zc4": 1, "j_zz1": 1, "j_zz2": 3, "j_zz3": 3, "j_zz4": 1}', '{"bg_sex": "m"}', '{}', '{"1": 12329}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '2026-03-02 01:00:00+00', '2026-03-02 01:00:00+00');


--
-- Data for Name: invitation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.invitation VALUES ('b2221a58-008a-45a6-8464-7159c324c985', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '9b810e76-6ec9-4286-a3ca-828dd5f4b3b2', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '677578fa480df7daa517233a6a8ac2ec5a5b88eec9a32e1764574bf97c140ffd', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('f3c64af7-75a8-4294-82cd-789a380208a9', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'ad45f23d-3b1a-41df-987f-d2803bab6c39', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'df3e6b0bb66ceaadca4f84cbc371fd66e04d20fe51fc414da8d1b84d31d178de', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('cc22af58-be65-41cc-be24-34e37af027bc', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '08d6af57-da71-4448-96c8-da1964b2d2bc', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'd8cc7aed3851ac3338fcc15df3b6807b89125837f77a75b9ecb13ed2afe3b49f', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('eb8ac8ce-8a24-4e6b-b313-8131c541013d', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '0326324d-fb69-4ffb-ba18-90c78092b4d4', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '5d6b091416885eaa91283321b69dc526fc42c97783e4cdfdff7a945e3be1f9ef', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('d037cdff-7c24-4d49-a9d4-95dd81355c53', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'f0e642f4-3328-4d08-8ded-3c9691eb79fa', '1e2feb89-414c-443c-9027-c4d1c386bbc4', '4cb0ea499ca7177d32b4deb6e251d0a8f857f91d078af209b7d354528ef62201', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('3fe31d03-47fc-416a-816e-2284c10faa40', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '03ba33db-73f7-4a8e-8445-d656de3a5db5', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'aa1f6f7084d4030e09f5542aa22e7947a81cec2966a251da748cfb501ace6ddc', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('f72f2bb8-3586-4ca7-ba0b-85188296f5ea', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'baeb41a5-e65a-4149-80e2-a20a1bd7ce73', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '8675c9c1f6558212f7f95f5308c03655067e925157ed6e65f024aefadfc7d64f', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('364e433f-f7c8-42f4-a02c-c8284c717095', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'bcc99ae8-0f0c-4a89-ad21-f4cda185cc8e', '1e2feb89-414c-443c-9027-c4d1c386bbc4', '5495bf3e5fd103dc8de35348e58f03cd1d5ffb46b7fd0ef77a4a7acdf820925c', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('82458cc8-9f7a-4daf-b43a-dc4fc7af3626', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'f9495568-deb0-4066-9e26-e655d3f21dcc', '78e51061-7311-48a3-82ce-6f447ed4d57b', '9c9f5d6241bd997ed1bd4a09e15c5bcfd3ca01b2171bde39b4c7bae9d2b0ddcd', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('56cef8ec-2298-4db1-885f-0d46903715c8', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'fcaf4a5a-cfa6-4f3e-93e6-d093db87872d', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '2e5901c443d2bdeb6120d13d7ab3701238e655e38f88d7daca3ddc391a073b9f', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('9a9e994c-f1a9-4658-9e0f-39a73c35612e', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '4a8d15d8-1d29-4588-971c-eeee56befa39', '1e2feb89-414c-443c-9027-c4d1c386bbc4', '2e2aaba981b52e7fc2ac2ea6005b52f7ef657592d2a7794a47a7d8e489f00f9e', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('88c780f6-907f-4669-8ba9-55f3e4096150', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '5d698c8b-4448-4030-b3c6-68b114ed2049', '78e51061-7311-48a3-82ce-6f447ed4d57b', '254c714ad1de6ac2a58b995585803f03da548f8716b02db1911b214223532d26', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('e8c2d219-8afd-4973-b863-3958ce75f4ba', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '60d6c766-f6f6-4c28-a927-db486f62e63a', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '04cf1e890f970fac4d4b4977d544278894fb3026b6319c32666966bf7717b219', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('c725bd97-9e28-4761-88fe-a5d73716e7ea', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '40041e00-1c82-4d9e-b4b3-1bfbf8449560', '1e2feb89-414c-443c-9027-c4d1c386bbc4', '0e93ef25c9fb2553425a36c7ca395cc8c33446ee1e7f0d0f05df3db2954ae77f', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('e4bc6e82-9439-4746-98dd-d2efcaf078b0', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '51158de5-2fd2-4792-93c6-17eb0a826695', '78e51061-7311-48a3-82ce-6f447ed4d57b', '21739c76445a0fac0423a72de7daef6731d8a5e9859b5a707c390244f67fdafa', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('cb8409d6-c71a-4b11-805d-b06a19d6d73b', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '2778507c-dbee-477a-9cd6-9029780587f0', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '730c945f6b0db3eac44bd3148e2d633807eef1f14211a2f67f3afa04fcd08ce4', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('aaf38c2f-dcb2-44f8-b6fe-bc3a0c6e5973', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '286bef29-8999-48a7-aec1-5d384c867062', '1e2feb89-414c-443c-9027-c4d1c386bbc4', '94c820f71b952e3c26bfc8102259d927708ce0b1659642de5c45014cb272cc01', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('42553a33-2374-45e1-a008-749797f2a702', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '23669676-947f-4143-9add-92d1b11379a2', '78e51061-7311-48a3-82ce-6f447ed4d57b', '573265c4b1ff008ca396d4b9b228e57f846213e14cac57e1d34ada2f2359fd37', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('f8ec2d34-4675-4b5c-a745-ba6deaeed19b', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'ba6cac4a-e82d-4fef-9c7d-498a8f76dc87', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '9a531fa2878392a3832c340a7c35775687528aa02b6c3d607753a431a42c4d8d', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('c1fbe94c-b837-4d82-91cb-e386f112cfd0', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '37b5dbac-6d3f-4d4c-8027-054627e125a4', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'afd27b1bfafc7f3e82cbac9ea6019bb7bbbd22cf3d00e24eb75018e990a0140b', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('cd7e80a2-f0a3-4668-a1e1-e80dd9db30af', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'f8a10e70-3db1-4a28-ac9f-6fbfd9d9320e', '78e51061-7311-48a3-82ce-6f447ed4d57b', '0c7a61daa5f8bb2c019561d1ca35744cf0d996e5190a3c378c89a867e5ac2dbf', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('3e036333-9b0a-4817-b91c-85fda0a59518', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '07e30f11-0562-4748-943e-c25a70536e9b', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '66f35172968966b9e8342552738164d5049ccbed4ce0c580ae14e7e7fe55534a', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('91be34eb-1e39-4f8e-862e-bc92cebb898a', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'e76db5ef-1baf-42cf-8f80-f75148b75541', '1e2feb89-414c-443c-9027-c4d1c386bbc4', '64f499e1852d205fc53d2f339e350f7178a4c8cdc1ff3dd9eca123f437080bb8', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('eaf5c033-a5cd-45e7-9cf3-d1797e0750ea', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '92484194-aef4-459c-bb2b-92c3c87868fa', '78e51061-7311-48a3-82ce-6f447ed4d57b', '4742b170f62b43e321b1910560cdb518f8a918605375380e9c440072e448dd74', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('67be9998-f866-48c1-ad05-c8189450085b', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '63a029a5-adb5-4556-80e6-a30586b46f01', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'c3a14a08c0c71945160c9d8b003c312479eb364e0dc36539b3e8e2488118167b', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('8b53c16b-af5e-490b-9fba-aafa6940776c', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'b540cce4-cc5d-475a-83bb-ba66e9a413ca', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'a3966f19bd48e44231e68436dc653802e700ca0782ae31a9a8295f4aaa6dadcc', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('44e1b856-557d-428c-a2d2-8da83cbb5615', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '352c5f80-8731-46f0-b579-c67e4ded5faa', '78e51061-7311-48a3-82ce-6f447ed4d57b', '8c6d176748e4f14d0504336095707850323d1a56744030beb86c1c9ce5ad9224', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('07d11b6b-a92c-42de-9802-cb083e85b0a9', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'b4e9a806-9c25-42db-b6ba-d673423e96d0', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '4cbbfd6e484c3272c715761273b212572a496b3161dfceb7fb303e0d8a1f715e', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('3d90fd27-6697-421e-805a-32a34f4c8db6', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '5c706106-70d0-4eba-b73b-6062e4d4ad86', '1e2feb89-414c-443c-9027-c4d1c386bbc4', '684c0088ed41bc200efd8a62daaf7592787477031ed8a51e8942f2ea6f13a041', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('18610c9f-2c35-4a1b-b150-a78d9cfd717d', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '1e39a54c-464a-4296-967e-8ecfa9b576d7', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'b8692dc8b53927329ffbe85887a7cd24d81962948c5ff5752aff503f10980794', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('4986f3a6-948b-42b1-9910-ddd76215f679', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'e38a59aa-51cf-414e-bafb-6462db8ae021', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'c2da3ecf2801322ed6057089367456a0570dc7bca1542a24a82ca8489df61154', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('6eb8f85f-1e10-453b-87e2-1846460a02ec', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'eef20845-0af5-48d2-a101-3eefd733230a', '1e2feb89-414c-443c-9027-c4d1c386bbc4', '7627fc4711732a264fb881352f15fd24b46c9184c7673dcdd4eeca7dfcf3b91d', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('6c931d1a-8951-4454-a14e-939ab62e9693', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '3309cdb1-89c0-4e1c-a9a3-6e9a8c0354be', '78e51061-7311-48a3-82ce-6f447ed4d57b', '06d782c29232f7c169176ccb80133c97060881beea9cb7bb3d2f1465a5fb554a', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('e539d34d-20d1-4b7d-aa0c-b6f5717f5eed', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '087ee17b-880e-480b-a06a-985a0a452b53', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '5d37a7d99b3e2c271b48e120ea39ce89fab4051741ba43951ab2ea0aeee22849', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('ec4c277b-5481-4736-b495-d62a8ea32f2e', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '80b38011-3ed1-40eb-9765-194f6cc1aeaf', '1e2feb89-414c-443c-9027-c4d1c386bbc4', '788a12e3eee8029bafc6e12cfd849ed7098660bbe1194c8619ac123c852c2723', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('20599249-586a-46e6-a8d5-2eb618ede6c3', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '53001b63-8565-48b2-a3a5-22e35ecf615d', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'df38c6510fad50a55d484a350b2b5d5e78e5bb85df714373e658ed717cf98973', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('bddbf0ca-ed78-42ce-9d39-f1b8e9b2d06a', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '7442a8cc-7acd-4a45-8794-ab91fabab7b5', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '30c4d28a6c0b847c9c32b73a85abbf580430cd5c2239f8d54d3d5d74efb01f6e', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('90120ea1-389c-4ccf-afef-1ac1400839a9', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '25fa97dd-0771-48a5-aaf4-c78281ee476c', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'a5c728b26421122ea08c36296178db13f30d39689779e665b6a61ceb9d370a40', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('48a3ff76-ceb5-4fc3-b5d4-ce457c969920', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'd8fe4338-e667-43dc-9e3c-1d969721c6e5', '78e51061-7311-48a3-82ce-6f447ed4d57b', '4c52c555dae75555bd6a17df648ce3396c3dad9cbc6a582237c9083f4e0b055a', '2026-03-02 01:00:00+00');
INSERT INTO public.invitation VALUES ('0a453e8c-6cf3-4eea-95a8-303b940a3aeb', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'cbd5da31-8293-4779-a1f8-6d039da7fdf2', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'c519a533a1af860132f3340d4928fe300ca53ad1e7670cbc62a9b6397a73ca2b', '2026-03-02 01:00:00+00');


--
-- Data for Name: person; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.person VALUES ('9b810e76-6ec9-4286-a3ca-828dd5f4b3b2', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-000', '㛃某0', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('ad45f23d-3b1a-41df-987f-d2803bab6c39', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-001', '㛃某1', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('08d6af57-da71-4448-96c8-da1964b2d2bc', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-002', '㛃某2', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('0326324d-fb69-4ffb-ba18-90c78092b4d4', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-003', '㛃某3', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('f0e642f4-3328-4d08-8ded-3c9691eb79fa', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-004', '㛃某4', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('03ba33db-73f7-4a8e-8445-d656de3a5db5', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-005', '㛃某5', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('baeb41a5-e65a-4149-80e2-a20a1bd7ce73', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-006', '㛃某6', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('bcc99ae8-0f0c-4a89-ad21-f4cda185cc8e', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-007', '㛃某7', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('f9495568-deb0-4066-9e26-e655d3f21dcc', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-008', '㛃某8', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('fcaf4a5a-cfa6-4f3e-93e6-d093db87872d', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-009', '㛃某9', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('4a8d15d8-1d29-4588-971c-eeee56befa39', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-010', '㛃某10', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('5d698c8b-4448-4030-b3c6-68b114ed2049', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-011', '㛃某11', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('60d6c766-f6f6-4c28-a927-db486f62e63a', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-012', '㛃某12', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('40041e00-1c82-4d9e-b4b3-1bfbf8449560', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-013', '㛃某13', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('51158de5-2fd2-4792-93c6-17eb0a826695', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-014', '㛃某14', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('2778507c-dbee-477a-9cd6-9029780587f0', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-015', '㛃某15', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('286bef29-8999-48a7-aec1-5d384c867062', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-016', '㛃某16', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('23669676-947f-4143-9add-92d1b11379a2', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-017', '㛃某17', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('ba6cac4a-e82d-4fef-9c7d-498a8f76dc87', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-018', '㛃某18', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('37b5dbac-6d3f-4d4c-8027-054627e125a4', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-019', '㛃某19', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('f8a10e70-3db1-4a28-ac9f-6fbfd9d9320e', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-020', '㛃某20', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('07e30f11-0562-4748-943e-c25a70536e9b', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-021', '㛃某21', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('e76db5ef-1baf-42cf-8f80-f75148b75541', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-022', '㛃某22', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('92484194-aef4-459c-bb2b-92c3c87868fa', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-023', '㛃某23', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('63a029a5-adb5-4556-80e6-a30586b46f01', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-024', '㛃某24', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('b540cce4-cc5d-475a-83bb-ba66e9a413ca', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-025', '㛃某25', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('352c5f80-8731-46f0-b579-c67e4ded5faa', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-026', '㛃某26', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('b4e9a806-9c25-42db-b6ba-d673423e96d0', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-027', '㛃某27', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('5c706106-70d0-4eba-b73b-6062e4d4ad86', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-028', '㛃某28', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('1e39a54c-464a-4296-967e-8ecfa9b576d7', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-029', '㛃某29', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('e38a59aa-51cf-414e-bafb-6462db8ae021', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-030', '㛃某30', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('eef20845-0af5-48d2-a101-3eefd733230a', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-031', '㛃某31', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('3309cdb1-89c0-4e1c-a9a3-6e9a8c0354be', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-032', '㛃某32', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('087ee17b-880e-480b-a06a-985a0a452b53', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-033', '㛃某33', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('80b38011-3ed1-40eb-9765-194f6cc1aeaf', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-034', '㛃某34', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('53001b63-8565-48b2-a3a5-22e35ecf615d', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-035', '㛃某35', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('7442a8cc-7acd-4a45-8794-ab91fabab7b5', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-036', '㛃某36', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('25fa97dd-0771-48a5-aaf4-c78281ee476c', '1e2feb89-414c-443c-9027-c4d1c386bbc4', 'A-037', '㛃某37', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('d8fe4338-e667-43dc-9e3c-1d969721c6e5', '78e51061-7311-48a3-82ce-6f447ed4d57b', 'A-038', '㛃某38', '2026-03-02 01:00:00+00');
INSERT INTO public.person VALUES ('cbd5da31-8293-4779-a1f8-6d039da7fdf2', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'A-039', '㛃某39', '2026-03-02 01:00:00+00');


--
-- Data for Name: report_run; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: response; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.response VALUES ('cd447e35-b8b6-48fe-842e-3d437204e52d', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '9b810e76-6ec9-4286-a3ca-828dd5f4b3b2', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', NULL, 'full', 'zh-CN', '{"j_zc1": 4, "j_zc2": 4, "j_zc3": 5, "j_zc4": 4, "j_zz1": 1, "j_zz2": 1, "j_zz4": 1}', '\x0101000104040504', '{"bg_sex": "m"}', '{"t1": "建议：少开会 👍"}', '{"1": 72465}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '01a75aa3e4b008c01e348cc79e9f83a52a8e588ea1afbbaccd2389ddae48f595', '2026-03-02 01:00:00+00');
INSERT INTO public.response VALUES ('6a8ac4ba-0580-4975-ad2f-89d94a2f20aa', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'ad45f23d-3b1a-41df-987f-d2803bab6c39', '1e2feb89-414c-443c-9027-c4d1c386bbc4', NULL, 'full', 'zh-CN', '{"j_zc1": 5, "j_zc2": 4, "j_zc3": 2, "j_zc4": 5, "j_zz1": 5, "j_zz2": 1, "j_zz3": 3, "j_zz4": 3}', '\x0501030305040205', '{"bg_sex": "m"}', '{}', '{"1": 66229}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', 'c83445d8a001a2d780afb52a3dd84c018271744280ad7d3295ad81da6ae135cd', '2026-03-02 01:07:00+00');
INSERT INTO public.response VALUES ('2c4a3698-aa2c-41af-aa10-7b75677f6cbd', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '08d6af57-da71-4448-96c8-da1964b2d2bc', '78e51061-7311-48a3-82ce-6f447ed4d57b', NULL, 'full', 'zh-CN', '{"j_zc1": 1, "j_zc2": 3, "j_zc3": 5, "j_zc4": 4, "j_zz1": 3, "j_zz2": 5, "j_zz3": 2, "j_zz4": 4}', '\x0305020401030504', '{"bg_sex": "f"}', '{}', '{"1": 22098}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '0926deaa443e869379de0ac6603ebb0e1625be9008d67bce76634eb93d073d8d', '2026-03-02 01:14:00+00');
INSERT INTO public.response VALUES ('678a5aa3-3b6f-4507-8c5f-e8f8dc3bf364', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '0326324d-fb69-4ffb-ba18-90c78092b4d4', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', NULL, 'full', 'zh-CN', '{"j_zc1": 5, "j_zc2": 5, "j_zc3": 2, "j_zc4": 1, "j_zz1": 5, "j_zz2": 3, "j_zz3": 5, "j_zz4": 1}', '\x0503050105050201', '{"bg_sex": "m"}', '{}', '{"1": 47807}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '4a007587fb0ac73f3b7ef3061f3ca345f4852049c8e58ccbdfd781010c827037', '2026-03-02 01:21:00+00');
INSERT INTO public.response VALUES ('0067dba8-5898-4008-aa17-b9af5b569643', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'f0e642f4-3328-4d08-8ded-3c9691eb79fa', '1e2feb89-414c-443c-9027-c4d1c386bbc4', NULL, 'full', 'zh-CN', '{"j_zc1": 2, "j_zc2": 5, "j_zc3": 3, "j_zz1": 5, "j_zz2": 3, "j_zz3": 1, "j_zz4": 2}', '\x0503010202050300', '{"bg_sex": "f"}', '{}', '{"1": 10910}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '82ae15b6a312486a1eddc60be4b903e30a2a28d2bd9d69d934b78594ae3a07ca', '2026-03-02 01:28:00+00');
INSERT INTO public.response VALUES ('9ff3078f-cc1b-4c3e-9c07-724e44c5b476', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '03ba33db-73f7-4a8e-8445-d656de3a5db5', '78e51061-7311-48a3-82ce-6f447ed4d57b', NULL, 'full', 'zh-CN', '{"j_zc1": 3, "j_zc2": 1, "j_zc4": 4, "j_zz1": 3, "j_zz2": 2, "j_zz3": 2, "j_zz4": 3}', '\x0302020303010004', '{"bg_sex": "f"}', '{}', '{"1": 33872}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', 'a1786260971a3acc0f49d0b206d95ef61ee0de45dac458527e5d52a677ea3d02', '2026-03-02 01:35:00+00');
INSERT INTO public.response VALUES ('f9bddea5-d129-42e4-ae80-fa489b0bca16', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'baeb41a5-e65a-4149-80e2-a20a1bd7ce73', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', NULL, 'full', 'zh-CN', '{"j_zc1": 5, "j_zc2": 5, "j_zc3": 5, "j_zc4": 4, "j_zz3": 2, "j_zz4": 5}', '\x0000020505050504', '{"bg_sex": "m"}', '{}', '{"1": 86485}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', 'eb08a139b360530d018fe78c7387ce8e9d62c1bbfe9dedeb2fc59509841b949a', '2026-03-02 01:42:00+00');
INSERT INTO public.response VALUES ('121b2800-4e6f-4a94-8c25-0a03e023033d', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'bcc99ae8-0f0c-4a89-ad21-f4cda185cc8e', '1e2feb89-414c-443c-9027-c4d1c386bbc4', NULL, 'full', 'zh-CN', '{"j_zc2": 1, "j_zc3": 2, "j_zc4": 5, "j_zz1": 3, "j_zz2": 3, "j_zz3": 4, "j_zz4": 2}', '\x0303040200010205', '{"bg_sex": "m"}', '{"t1": "建议：少开会 👍"}', '{"1": 22482}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '0373f0294e0e2d9705b74c448e9d6987a360de864baab8e121b61ae15be90d48', '2026-03-02 01:49:00+00');
INSERT INTO public.response VALUES ('58d07674-334d-473d-a0c2-90d00994940e', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'f9495568-deb0-4066-9e26-e655d3f21dcc', '78e51061-7311-48a3-82ce-6f447ed4d57b', NULL, 'full', 'zh-CN', '{"j_zc1": 4, "j_zc3": 4, "j_zc4": 1, "j_zz1": 5, "j_zz2": 4, "j_zz3": 4, "j_zz4": 4}', '\x0504040404000401', '{"bg_sex": "f"}', '{}', '{"1": 26327}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '77f36700132793b5b5636523ad99e179c352beb134d4717f6c08df64292a4a3b', '2026-03-02 01:56:00+00');
INSERT INTO public.response VALUES ('aca91679-443b-4ac5-b689-1eeb6de2b33b', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'fcaf4a5a-cfa6-4f3e-93e6-d093db87872d', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', NULL, 'full', 'zh-CN', '{"j_zc1": 1, "j_zc2": 2, "j_zc3": 5, "j_zc4": 3, "j_zz1": 4, "j_zz2": 3, "j_zz3": 5, "j_zz4": 5}', '\x0403050501020503', '{"bg_sex": "m"}', '{}', '{"1": 48249}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', 'b7a4cdf68dca03eeeedaa302173b4c43869eeea9feb8de4f7d1a984d0e33d6ae', '2026-03-02 02:03:00+00');
INSERT INTO public.response VALUES ('e323ce54-b711-4c02-b44d-7e40c78fec45', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '4a8d15d8-1d29-4588-971c-eeee56befa39', '1e2feb89-414c-443c-9027-c4d1c386bbc4', NULL, 'full', 'zh-CN', '{"j_zc1": 3, "j_zc2": 5, "j_zc3": 4, "j_zc4": 5, "j_zz1": 5, "j_zz2": 1, "j_zz3": 4, "j_zz4": 2}', '\x0501040203050405', '{"bg_sex": "f"}', '{}', '{"1": 74183}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '5aead8a66beacf11f953f454605dd59956d5d44238c3ba199811863aa58a99dc', '2026-03-02 02:10:00+00');
INSERT INTO public.response VALUES ('e5920673-7530-4db7-9d43-d1ffecd1345e', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '5d698c8b-4448-4030-b3c6-68b114ed2049', '78e51061-7311-48a3-82ce-6f447ed4d57b', NULL, 'full', 'zh-CN', '{"j_zc1": 1, "j_zc2": 5, "j_zc3": 1, "j_zc4": 2, "j_zz1": 1, "j_zz2": 1, "j_zz3": 1, "j_zz4": 1}', '\x0101010101050102', '{"bg_sex": "f"}', '{}', '{"1": 13479}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '3cca6e92b6fb42c426e443768da31b5cd249fd172466a414a096b8a3e8d7091d', '2026-03-02 02:17:00+00');
INSERT INTO public.response VALUES ('40df7c9a-8cda-40a3-8b45-2123d17f6494', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '60d6c766-f6f6-4c28-a927-db486f62e63a', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', NULL, 'full', 'zh-CN', '{"j_zc1": 3, "j_zc2": 3, "j_zc3": 3, "j_zc4": 1, "j_zz1": 3, "j_zz2": 3}', '\x0303000003030301', '{"bg_sex": "m"}', '{}', '{"1": 78833}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', 'c1bae94621d6aea39e1df9410da7baeb93f9be34a0edba52fb31e5adaddc4c36', '2026-03-02 02:24:00+00');
INSERT INTO public.response VALUES ('de1bf0cd-8afc-4bee-a426-4c9ffade312d', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '40041e00-1c82-4d9e-b4b3-1bfbf8449560', '1e2feb89-414c-443c-9027-c4d1c386bbc4', NULL, 'full', 'zh-CN', '{"j_zc1": 1, "j_zc2": 4, "j_zc3": 5, "j_zc4": 2, "j_zz1": 3, "j_zz2": 5, "j_zz3": 2, "j_zz4": 1}', '\x0305020101040502', '{"bg_sex": "m"}', '{}', '{"1": 40211}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', 'c47541fbaca7cfd266af7cdd7768e3b36f687a98c8d3bf7ee6fc3363be91a07b', '2026-03-02 02:31:00+00');
INSERT INTO public.response VALUES ('5596dfde-3eef-4734-8d84-e990ebddb098', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '51158de5-2fd2-4792-93c6-17eb0a826695', '78e51061-7311-48a3-82ce-6f447ed4d57b', NULL, 'full', 'zh-CN', '{"j_zc1": 1, "j_zc2": 1, "j_zc3": 1, "j_zc4": 3, "j_zz1": 5, "j_zz2": 5, "j_zz3": 2}', '\x0505020001010103', '{"bg_sex": "m"}', '{"t1": "建议：少开会 👍"}', '{"1": 64653}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '664de5d6003a75244fdec78635dc61b7a7e71f4ed1e4a3a5253993c4c7cac8fa', '2026-03-02 02:38:00+00');
INSERT INTO public.response VALUES ('f3009a5c-825f-4542-93bd-488e53fdf07c', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '2778507c-dbee-477a-9cd6-9029780587f0', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', NULL, 'full', 'zh-CN', '{"j_zc1": 5, "j_zc2": 2, "j_zc3": 1, "j_zc4": 5, "j_zz1": 2, "j_zz2": 2, "j_zz3": 3, "j_zz4": 5}', '\x0202030505020105', '{"bg_sex": "f"}', '{}', '{"1": 23352}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', 'abd3cfcd77466e264b302ef5993be7d1e561edbd02043939d1af982b83a9767c', '2026-03-02 02:45:00+00');
INSERT INTO public.response VALUES ('107d72d5-c71c-4cf1-80a9-80bd3f4ed95a', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '286bef29-8999-48a7-aec1-5d384c867062', '1e2feb89-414c-443c-9027-c4d1c386bbc4', NULL, 'full', 'zh-CN', '{"j_zc2": 2, "j_zc3": 1, "j_zc4": 4, "j_zz1": 4, "j_zz2": 5, "j_zz3": 4, "j_zz4": 4}', '\x0405040400020104', '{"bg_sex": "f"}', '{}', '{"1": 8169}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '7141283d0fcefa6b826f8bf8452df24426355cdd35721d1ffc7b66cb894478f3', '2026-03-02 02:52:00+00');
INSERT INTO public.response VALUES ('65d60b6e-46e3-4b95-9435-0b28fbb41d14', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '23669676-947f-4143-9add-92d1b11379a2', '78e51061-7311-48a3-82ce-6f447ed4d57b', NULL, 'full', 'zh-CN', '{"j_zc1": 4, "j_zc2": 2, "j_zc3": 4, "j_zc4": 2, "j_zz1": 2, "j_zz2": 2, "j_zz3": 2, "j_zz4": 5}', '\x0202020504020402', '{"bg_sex": "m"}', '{}', '{"1": 44165}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '731d9c7af87b4378ef831ee6c384b81f970d967c204e6bfafd94d6e98b000e8e', '2026-03-02 02:59:00+00');
INSERT INTO public.response VALUES ('ebee3521-0c56-492d-b82f-21e4a57b7700', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'ba6cac4a-e82d-4fef-9c7d-498a8f76dc87', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', NULL, 'full', 'zh-CN', '{"j_zc1": 3, "j_zc2": 4, "j_zc3": 1, "j_zc4": 5, "j_zz1": 5, "j_zz2": 3, "j_zz3": 2, "j_zz4": 3}', '\x0503020303040105', '{"bg_sex": "m"}', '{}', '{"1": 23105}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '7fc9ce7d63880a1918c5c2abcc788b54ab934ca9c8ab9c7c62caf7b966e638ef', '2026-03-02 03:06:00+00');
INSERT INTO public.response VALUES ('ae7fba11-7eba-4352-8d58-9a58c842c19a', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '37b5dbac-6d3f-4d4c-8027-054627e125a4', '1e2feb89-414c-443c-9027-c4d1c386bbc4', NULL, 'full', 'zh-CN', '{"j_zc1": 1, "j_zc2": 1, "j_zc3": 2, "j_zc4": 5, "j_zz1": 3, "j_zz2": 2, "j_zz3": 1, "j_zz4": 1}', '\x0302010101010205', '{"bg_sex": "f"}', '{}', '{"1": 58335}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', 'fbde0647619efbd18e1e9081852494512d68f359e40aee20a0a01f667e40818e', '2026-03-02 03:13:00+00');
INSERT INTO public.response VALUES ('2a2d551f-65b1-44f7-aed3-f30be746ebeb', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'f8a10e70-3db1-4a28-ac9f-6fbfd9d9320e', '78e51061-7311-48a3-82ce-6f447ed4d57b', NULL, 'full', 'zh-CN', '{"j_zc1": 1, "j_zc2": 3, "j_zc3": 5, "j_zz1": 4, "j_zz2": 4, "j_zz3": 1, "j_zz4": 5}', '\x0404010501030500', '{"bg_sex": "f"}', '{}', '{"1": 69254}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '17801dc19cbcccf30ee76940d8d2b59a725882fe061856aecbb2b07b7f6209c4', '2026-03-02 03:20:00+00');
INSERT INTO public.response VALUES ('2c400b95-34e4-4e75-82a9-5d35d5d8575d', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '07e30f11-0562-4748-943e-c25a70536e9b', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', NULL, 'full', 'zh-CN', '{"j_zc1": 2, "j_zc2": 4, "j_zc3": 1, "j_zc4": 5, "j_zz1": 5, "j_zz2": 3, "j_zz3": 3, "j_zz4": 4}', '\x0503030402040105', '{"bg_sex": "m"}', '{"t1": "建议：少开会 👍"}', '{"1": 26847}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '721654720bed76061e9f11f8a8c62cd50753649035587a75c02b02ae779dc76d', '2026-03-02 03:27:00+00');
INSERT INTO public.response VALUES ('4be1b248-8b97-4f45-8362-1f97bf4cc645', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'e76db5ef-1baf-42cf-8f80-f75148b75541', '1e2feb89-414c-443c-9027-c4d1c386bbc4', NULL, 'full', 'zh-CN', '{"j_zc1": 3, "j_zc3": 4, "j_zc4": 5, "j_zz1": 2, "j_zz2": 3, "j_zz3": 3, "j_zz4": 3}', '\x0203030303000405', '{"bg_sex": "m"}', '{}', '{"1": 44482}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '038c289261a86a94f7cd2e45acf0b5d52d76d852402f178c7dec9c26b1ce0509', '2026-03-02 03:34:00+00');
INSERT INTO public.response VALUES ('8e903fd9-3433-460c-a1e4-06a660a7a7b7', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '92484194-aef4-459c-bb2b-92c3c87868fa', '78e51061-7311-48a3-82ce-6f447ed4d57b', NULL, 'full', 'zh-CN', '{"j_zc1": 5, "j_zc2": 3, "j_zc3": 4, "j_zc4": 5, "j_zz2": 5, "j_zz3": 5, "j_zz4": 4}', '\x0005050405030405', '{"bg_sex": "f"}', '{}', '{"1": 47111}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '3e969368630936a709c6c8c7a60d7a2e013cc23251782e93bd6e85f8f298a55a', '2026-03-02 03:41:00+00');
INSERT INTO public.response VALUES ('959d133d-9f22-4e0a-9c7a-92835604c3b6', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '63a029a5-adb5-4556-80e6-a30586b46f01', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', NULL, 'full', 'zh-CN', '{"j_zc1": 2, "j_zc2": 4, "j_zc3": 2, "j_zc4": 5, "j_zz1": 1, "j_zz2": 2, "j_zz3": 3, "j_zz4": 4}', '\x0102030402040205', '{"bg_sex": "f"}', '{}', '{"1": 45804}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '3f4829829183c511006d3147c29ab5a1278a174bf7315fe9aaa0ee40085379e2', '2026-03-02 03:48:00+00');
INSERT INTO public.response VALUES ('d53dde5e-764a-44e3-a6ee-0eac4dbd3dc9', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'b540cce4-cc5d-475a-83bb-ba66e9a413ca', '1e2feb89-414c-443c-9027-c4d1c386bbc4', NULL, 'full', 'zh-CN', '{"j_zc1": 1, "j_zc2": 1, "j_zc3": 2, "j_zc4": 4, "j_zz1": 2, "j_zz2": 1, "j_zz3": 1, "j_zz4": 4}', '\x0201010401010204', '{"bg_sex": "m"}', '{}', '{"1": 79298}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '79a80cd0264165eea21f7408e942ad634d92d1c578e713c6035e0c5a91f1c509', '2026-03-02 03:55:00+00');
INSERT INTO public.response VALUES ('d4a74958-b2fe-4205-932b-a600118cc43e', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '352c5f80-8731-46f0-b579-c67e4ded5faa', '78e51061-7311-48a3-82ce-6f447ed4d57b', NULL, 'full', 'zh-CN', '{"j_zc1": 5, "j_zc2": 4, "j_zc3": 2, "j_zc4": 3, "j_zz1": 3, "j_zz2": 5, "j_zz3": 2, "j_zz4": 5}', '\x0305020505040203', '{"bg_sex": "m"}', '{}', '{"1": 29140}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', 'f99c5642da8b1e30621e5fc8377b25a1a8124cf9cdcbe90a353743f008422bf1', '2026-03-02 04:02:00+00');
INSERT INTO public.response VALUES ('9f5904a6-de51-4343-a63e-a3d6da0dbc78', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'b4e9a806-9c25-42db-b6ba-d673423e96d0', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', NULL, 'full', 'zh-CN', '{"j_zc1": 5, "j_zc2": 2, "j_zc3": 3, "j_zc4": 2, "j_zz1": 4, "j_zz2": 2, "j_zz3": 2, "j_zz4": 2}', '\x0402020205020302', '{"bg_sex": "f"}', '{}', '{"1": 18101}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', 'c884208dd28818481f6ae4eb273427c21914aa1468642977a368c705a5c25fdd', '2026-03-02 04:09:00+00');
INSERT INTO public.response VALUES ('b7ee1a9a-34c8-403a-b7d9-365c1da77d91', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '5c706106-70d0-4eba-b73b-6062e4d4ad86', '1e2feb89-414c-443c-9027-c4d1c386bbc4', NULL, 'full', 'zh-CN', '{"j_zc1": 5, "j_zc3": 1, "j_zc4": 5, "j_zz1": 1, "j_zz2": 4, "j_zz3": 1, "j_zz4": 1}', '\x0104010105000105', '{"bg_sex": "m"}', '{"t1": "建议：少开会 👍"}', '{"1": 44885}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '5dd1402cce2d32703a39937d07392c8bea57d2eea21b74dc558c60378630839b', '2026-03-02 04:16:00+00');
INSERT INTO public.response VALUES ('7eb9d1c8-3bb4-4d9d-a653-1daf38d9431f', '35bf992d-c9e9-4616-a12e-7696a6cecc1b', '1e39a54c-464a-4296-967e-8ecfa9b576d7', '78e51061-7311-48a3-82ce-6f447ed4d57b', NULL, 'full', 'zh-CN', '{"j_zc1": 3, "j_zc2": 5, "j_zc3": 2, "j_zc4": 1, "j_zz1": 2, "j_zz2": 2, "j_zz3": 4, "j_zz4": 4}', '\x0202040403050201', '{"bg_sex": "f"}', '{}', '{"1": 686}', 'identified', '1', '0000000000000000000000000000000000000000000000000000000000000000', '3cfe9014dff86f184884e2cb907789372b2d37fb13e24defdfcd98e09d36bd99', '2026-03-02 04:23:00+00');


--
-- Data for Name: score_evidence; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: score_record; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.score_record VALUES ('cd447e35-b8b6-48fe-842e-3d437204e52d', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('6a8ac4ba-0580-4975-ad2f-89d94a2f20aa', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('2c4a3698-aa2c-41af-aa10-7b75677f6cbd', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('678a5aa3-3b6f-4507-8c5f-e8f8dc3bf364', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('0067dba8-5898-4008-aa17-b9af5b569643', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('9ff3078f-cc1b-4c3e-9c07-724e44c5b476', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('f9bddea5-d129-42e4-ae80-fa489b0bca16', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('121b2800-4e6f-4a94-8c25-0a03e023033d', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('58d07674-334d-473d-a0c2-90d00994940e', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('aca91679-443b-4ac5-b689-1eeb6de2b33b', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('e323ce54-b711-4c02-b44d-7e40c78fec45', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('e5920673-7530-4db7-9d43-d1ffecd1345e', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('40df7c9a-8cda-40a3-8b45-2123d17f6494', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('de1bf0cd-8afc-4bee-a426-4c9ffade312d', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('5596dfde-3eef-4734-8d84-e990ebddb098', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('f3009a5c-825f-4542-93bd-488e53fdf07c', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('107d72d5-c71c-4cf1-80a9-80bd3f4ed95a', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('65d60b6e-46e3-4b95-9435-0b28fbb41d14', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('ebee3521-0c56-492d-b82f-21e4a57b7700', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('ae7fba11-7eba-4352-8d58-9a58c842c19a', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('2a2d551f-65b1-44f7-aed3-f30be746ebeb', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('2c400b95-34e4-4e75-82a9-5d35d5d8575d', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('4be1b248-8b97-4f45-8362-1f97bf4cc645', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('8e903fd9-3433-460c-a1e4-06a660a7a7b7', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('959d133d-9f22-4e0a-9c7a-92835604c3b6', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('d53dde5e-764a-44e3-a6ee-0eac4dbd3dc9', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('d4a74958-b2fe-4205-932b-a600118cc43e', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('9f5904a6-de51-4343-a63e-a3d6da0dbc78', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('b7ee1a9a-34c8-403a-b7d9-365c1da77d91', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');
INSERT INTO public.score_record VALUES ('7eb9d1c8-3bb4-4d9d-a653-1daf38d9431f', '1', '{"zz": {"of": 4, "pomp": 62.5, "value": 3.5, "answered": 4}}');


--
-- Data for Name: survey; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.survey VALUES ('35bf992d-c9e9-4616-a12e-7696a6cecc1b', '2026年一季度测评', '某区组织部', 'dandang-jsjb', '0.1.0', 'sha256:0001', 'full', 'zh-CN', 'identified', 'collected', 10, 'open', NULL, '2026-03-02 01:00:00+00', NULL, '2026-03-02 01:00:00+00', 'e4b06ce6-0741-47a8-bce4-2c8218072e8c');


--
-- Data for Name: survey_unit; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.survey_unit VALUES ('35bf992d-c9e9-4616-a12e-7696a6cecc1b', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5');


--
-- Data for Name: trail_entry; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.trail_entry VALUES (1, '2026-03-02 01:01:00+00', 'system', 'survey.create', 'survey:35bf992d-c9e9-4616-a12e-7696a6cecc1b', '{"n": 1}', '72890c37980192b01e21aade6b8b9e00db7a07e3b6456e3b574a0569d34616ba', '0000000000000000000000000000000000000000000000000000000000000000', '36706a5d10ebd103f5379704d27b45187e5554f91d682b0d6069720d1dc4b566');
INSERT INTO public.trail_entry VALUES (2, '2026-03-02 01:02:00+00', 'system', 'survey.open', 'survey:35bf992d-c9e9-4616-a12e-7696a6cecc1b', '{"n": 2}', '0c83dd72f2ef37f75787bbd49d6e196d64a914835aec5bcd708592834e1c6c40', '36706a5d10ebd103f5379704d27b45187e5554f91d682b0d6069720d1dc4b566', '74c6caac27089100a7e139d8a8843250df38a38b3655ebc4354b312c6477960f');
INSERT INTO public.trail_entry VALUES (3, '2026-03-02 01:03:00+00', 'system', 'score.view', 'survey:35bf992d-c9e9-4616-a12e-7696a6cecc1b', '{"n": 3}', '2b8e4be45b9f5ee6769f9c4d6782f4b0306ad5bbcfb6fc3d06f166700e66443f', '74c6caac27089100a7e139d8a8843250df38a38b3655ebc4354b312c6477960f', '6bdbf4289ce4f71195599f361fba0e2f1c14a4c3b047e615c8ad5e8a0e6520b9');


--
-- Data for Name: unit; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.unit VALUES ('cd613e30-d8f1-4adf-91b7-584a2265b1f5', 'U0', '第0单位', NULL, '2026-03-02 01:00:00+00');
INSERT INTO public.unit VALUES ('1e2feb89-414c-443c-9027-c4d1c386bbc4', 'U1', '第1单位', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '2026-03-02 01:00:00+00');
INSERT INTO public.unit VALUES ('78e51061-7311-48a3-82ce-6f447ed4d57b', 'U2', '第2单位', 'cd613e30-d8f1-4adf-91b7-584a2265b1f5', '2026-03-02 01:00:00+00');


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: account pk_account; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account
    ADD CONSTRAINT pk_account PRIMARY KEY (id);


--
-- Name: account_session pk_account_session; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account_session
    ADD CONSTRAINT pk_account_session PRIMARY KEY (token_hash);


--
-- Name: account_unit pk_account_unit; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account_unit
    ADD CONSTRAINT pk_account_unit PRIMARY KEY (account_id, unit_id);


--
-- Name: draft pk_draft; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.draft
    ADD CONSTRAINT pk_draft PRIMARY KEY (invitation_id);


--
-- Name: invitation pk_invitation; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT pk_invitation PRIMARY KEY (id);


--
-- Name: person pk_person; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.person
    ADD CONSTRAINT pk_person PRIMARY KEY (id);


--
-- Name: report_run pk_report_run; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.report_run
    ADD CONSTRAINT pk_report_run PRIMARY KEY (id);


--
-- Name: response pk_response; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.response
    ADD CONSTRAINT pk_response PRIMARY KEY (id);


--
-- Name: score_evidence pk_score_evidence; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.score_evidence
    ADD CONSTRAINT pk_score_evidence PRIMARY KEY (survey_id);


--
-- Name: score_record pk_score_record; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.score_record
    ADD CONSTRAINT pk_score_record PRIMARY KEY (response_id, scoring_version);


--
-- Name: survey pk_survey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.survey
    ADD CONSTRAINT pk_survey PRIMARY KEY (id);


--
-- Name: survey_unit pk_survey_unit; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.survey_unit
    ADD CONSTRAINT pk_survey_unit PRIMARY KEY (survey_id, unit_id);


--
-- Name: trail_entry pk_trail_entry; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.trail_entry
    ADD CONSTRAINT pk_trail_entry PRIMARY KEY (number);


--
-- Name: unit pk_unit; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.unit
    ADD CONSTRAINT pk_unit PRIMARY KEY (id);


--
-- Name: account uq_account_username; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account
    ADD CONSTRAINT uq_account_username UNIQUE (username);


--
-- Name: invitation uq_invitation_survey_id_person_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT uq_invitation_survey_id_person_id UNIQUE (survey_id, person_id);


--
-- Name: invitation uq_invitation_token_hash; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT uq_invitation_token_hash UNIQUE (token_hash);


--
-- Name: person uq_person_unit_id_staff_number; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.person
    ADD CONSTRAINT uq_person_unit_id_staff_number UNIQUE (unit_id, staff_number);


--
-- Name: response uq_response_survey_id_person_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.response
    ADD CONSTRAINT uq_response_survey_id_person_id UNIQUE (survey_id, person_id);


--
-- Name: response uq_response_survey_id_source_row; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.response
    ADD CONSTRAINT uq_response_survey_id_source_row UNIQUE (survey_id, source_row);


--
-- Name: unit uq_unit_code; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.unit
    ADD CONSTRAINT uq_unit_code UNIQUE (code);


--
-- Name: ix_account_session_account_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_account_session_account_id ON public.account_session USING btree (account_id);


--
-- Name: ix_invitation_unit_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_invitation_unit_id ON public.invitation USING btree (unit_id);


--
-- Name: ix_report_run_survey_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_report_run_survey_id ON public.report_run USING btree (survey_id);


--
-- Name: ix_response_unit_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_response_unit_id ON public.response USING btree (unit_id);


--
-- Name: ix_unit_parent_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_unit_parent_id ON public.unit USING btree (parent_id);


--
-- Name: account_session fk_account_session_account_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account_session
    ADD CONSTRAINT fk_account_session_account_id FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;


--
-- Name: account_unit fk_account_unit_account_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account_unit
    ADD CONSTRAINT fk_account_unit_account_id FOREIGN KEY (account_id) REFERENCES public.account(id) ON DELETE CASCADE;


--
-- Name: draft fk_draft_invitation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.draft
    ADD CONSTRAINT fk_draft_invitation_id FOREIGN KEY (invitation_id) REFERENCES public.invitation(id) ON DELETE CASCADE;


--
-- Name: invitation fk_invitation_person_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT fk_invitation_person_id FOREIGN KEY (person_id) REFERENCES public.person(id);


--
-- Name: invitation fk_invitation_survey_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT fk_invitation_survey_id FOREIGN KEY (survey_id) REFERENCES public.survey(id) ON DELETE CASCADE;


--
-- Name: invitation fk_invitation_unit_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT fk_invitation_unit_id FOREIGN KEY (unit_id) REFERENCES public.unit(id);


--
-- Name: person fk_person_unit_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.person
    ADD CONSTRAINT fk_person_unit_id FOREIGN KEY (unit_id) REFERENCES public.unit(id);


--
-- Name: report_run fk_report_run_survey_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.report_run
    ADD CONSTRAINT fk_report_run_survey_id FOREIGN KEY (survey_id) REFERENCES public.survey(id);


--
-- Name: response fk_response_person_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.response
    ADD CONSTRAINT fk_response_person_id FOREIGN KEY (person_id) REFERENCES public.person(id);


--
-- Name: response fk_response_survey_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.response
    ADD CONSTRAINT fk_response_survey_id FOREIGN KEY (survey_id) REFERENCES public.survey(id);


--
-- Name: response fk_response_unit_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.response
    ADD CONSTRAINT fk_response_unit_id FOREIGN KEY (unit_id) REFERENCES public.unit(id);


--
-- Name: score_evidence fk_score_evidence_survey_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.score_evidence
    ADD CONSTRAINT fk_score_evidence_survey_id FOREIGN KEY (survey_id) REFERENCES public.survey(id) ON DELETE CASCADE;


--
-- Name: score_record fk_score_record_response_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.score_record
    ADD CONSTRAINT fk_score_record_response_id FOREIGN KEY (response_id) REFERENCES public.response(id) ON DELETE CASCADE;


--
-- Name: survey_unit fk_survey_unit_survey_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.survey_unit
    ADD CONSTRAINT fk_survey_unit_survey_id FOREIGN KEY (survey_id) REFERENCES public.survey(id) ON DELETE CASCADE;


--
-- Name: survey_unit fk_survey_unit_unit_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.survey_unit
    ADD CONSTRAINT fk_survey_unit_unit_id FOREIGN KEY (unit_id) REFERENCES public.unit(id);


--
-- Name: unit fk_unit_parent_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.unit
    ADD CONSTRAINT fk_unit_parent_id FOREIGN KEY (parent_id) REFERENCES public.unit(id);


--
-- PostgreSQL database dump complete
--


