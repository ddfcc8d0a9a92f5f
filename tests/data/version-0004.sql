BEGIN TRANSACTION;
CREATE TABLE absences (
	person_id INTEGER NOT NULL, 
	since VARCHAR(20) NOT NULL, 
	until VARCHAR(20) NOT NULL, 
	CONSTRAINT pk_absences PRIMARY KEY (person_id, since), 
	CONSTRAINT fk_absences_person_id FOREIGN KEY(person_id) REFERENCES people (id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
CREATE TABLE cases (
	id INTEGER NOT NULL, 
	number VARCHAR(80) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	regulation VARCHAR(80), 
	regulation_id INTEGER, 
	status VARCHAR(12) DEFAULT 'open' NOT NULL, 
	round INTEGER DEFAULT '1' NOT NULL, 
	level VARCHAR(80), 
	department VARCHAR(200), 
	handler VARCHAR(200), 
	party VARCHAR(400), 
	opened_at VARCHAR(20) NOT NULL, 
	closed_at VARCHAR(20), 
	fields JSON DEFAULT '{}' NOT NULL, 
	intake_key VARCHAR(64), 
	evaluated_at VARCHAR(20), 
	trouble TEXT, 
	CONSTRAINT pk_cases PRIMARY KEY (id), 
	CONSTRAINT ck_cases_opened_at_is_utc CHECK (opened_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z'), 
	CONSTRAINT fk_cases_regulation_id FOREIGN KEY(regulation_id) REFERENCES regulations (id), 
	CONSTRAINT uq_cases_number UNIQUE (number)
);
INSERT INTO "cases" VALUES(1,'2611001','complaint','growing',1,'open',1,'major','维修部','经办','客户0','2026-11-02T01:00:00Z',NULL,'{"customer": "\u5ba2\u62370", "content": "\u5f02\u54cd", "raised_from": "minor"}','7628cd2f3b7e37dec14007e8e52a58c1b63d7b8dd6c836d5704f8b925e072b10','2026-11-08T01:05:00Z',NULL);
INSERT INTO "cases" VALUES(2,'2611002','complaint','growing',1,'open',1,'minor','维修部','经办','客户1','2026-11-02T02:00:00Z',NULL,'{"customer": "\u5ba2\u62371", "content": "\u5f02\u54cd"}','16f9469df848dc5a72e34aeaaa18f68549b0e9106c8980878917eb34ca13ab0b','2026-11-07T04:00:00Z',NULL);
INSERT INTO "cases" VALUES(3,'2611003','complaint','growing',1,'open',1,'minor','维修部','经办','客户2','2026-11-02T03:00:00Z',NULL,'{"customer": "\u5ba2\u62372", "content": "\u5f02\u54cd"}','220be443a7082c61552623e1ec99f29a4c78bb16a9b163eb081a42c542dba171','2026-11-07T05:00:00Z',NULL);
INSERT INTO "cases" VALUES(4,'2611004','petition','house-rules',2,'open',1,'minor','维修部','经办','张三','2026-11-02T01:00:00Z',NULL,'{"customer": "\u5f20\u4e09", "content": "\u4e8b2"}','8500fcaf0c33b23d06ab8e7d73c901a6792be7bee7af57250e9fa7041e55ee2c','2026-11-07T07:30:00Z',NULL);
INSERT INTO "cases" VALUES(5,'2611005','petition','house-rules',2,'open',1,'minor','维修部','经办','李四','2026-11-04T01:00:00Z',NULL,'{"customer": "\u674e\u56db", "content": "\u4e8b4"}','49a67f19965c39bc1b88e19b526c0043bacc53dffecb6242848c569e7453bd5b','2026-11-07T06:00:00Z',NULL);
INSERT INTO "cases" VALUES(6,'2611006','petition','house-rules',2,'open',1,'minor','维修部','经办','赵六','2026-11-06T01:00:00Z',NULL,'{"customer": "\u8d75\u516d", "content": "\u4e8b6"}','a995efd11d0c9ca3689b29b3ff688c3eb16116f00ba0973fc5c489b85ef4e9db','2026-11-07T07:00:00Z',NULL);
INSERT INTO "cases" VALUES(7,'2611007','petition','house-rules',2,'open',1,'grave','维修部','经办','王五','2026-11-05T01:00:00Z',NULL,'{"customer": "\u738b\u4e94", "content": "\u8fdf", "raised_from": "minor"}','5a952c70b755dcb76cb7b3823b78ea7b6601f84b8b7370528a74e8b3297944e7','2026-11-07T07:00:00Z',NULL);
INSERT INTO "cases" VALUES(8,'2611008','complaint','standard-complaints',3,'open',1,'major','维修部','经办','顾客0','2026-11-08T01:00:00Z',NULL,'{"customer": "\u987e\u5ba20", "content": "\u5f02\u54cd"}','a098ec9349dbd414e205e9e1bccd3629dc9b553dfe5df3b900e535fff9eade2d','2026-11-08T03:03:00Z',NULL);
INSERT INTO "cases" VALUES(9,'2611009','complaint','standard-complaints',3,'open',1,'major','维修部','经办','顾客1','2026-11-08T02:00:00Z',NULL,'{"customer": "\u987e\u5ba21", "content": "\u5f02\u54cd"}','7c7f0ef1b61d0602f8d33ae5622157f88546c30c906803b1fb4a3aee103a92c7','2026-11-08T03:03:00Z',NULL);
INSERT INTO "cases" VALUES(10,'2611010','complaint','standard-complaints',3,'waiting',1,'major','维修部','经办','顾客2','2026-11-08T03:00:00Z',NULL,'{"customer": "\u987e\u5ba22", "content": "\u5f02\u54cd"}','b271dbd3e7f9cf838c449731de947feb3867b658ee6749081be13d93b4385f38','2026-11-08T03:06:00Z',NULL);
INSERT INTO "cases" VALUES(11,'2611011','complaint','standard-complaints',3,'open',1,'major','维修部','经办','顾客3','2026-11-08T04:00:00Z',NULL,'{"customer": "\u987e\u5ba23", "content": "\u5f02\u54cd"}','d2ee0bea6d8a0e38fe01b5b16292a30c51e742e15946b3d0b39dcc6ddb69faa3',NULL,NULL);
INSERT INTO "cases" VALUES(12,'L2610001','loan','standard-loans',4,'open',1,NULL,'维修部',NULL,'经办','2026-10-10T02:00:00Z',NULL,'{"item": "\u8d44\u6599 2026-10-10 10:00", "borrower": "\u7ecf\u529e"}','b0f9ac444921909dc982d963b103e2268772128418889520c2a415649d08ff94','2026-11-08T03:03:00Z',NULL);
INSERT INTO "cases" VALUES(13,'L2610002','loan','standard-loans',4,'open',1,NULL,'维修部',NULL,'经办','2026-10-11T02:00:00Z',NULL,'{"item": "\u8d44\u6599 2026-10-11 10:00", "borrower": "\u7ecf\u529e"}','ee9e6c7e7a649c08c45f292d6283186f8539677c01535d43e4e4340bf702073b','2026-11-08T03:03:00Z',NULL);
INSERT INTO "cases" VALUES(14,'L2610003','loan','standard-loans',4,'open',1,NULL,'维修部',NULL,'经办','2026-10-12T02:00:00Z',NULL,'{"item": "\u8d44\u6599 2026-10-12 10:00", "borrower": "\u7ecf\u529e"}','de894647ad6c65f3d0180506b046ec2a771f649340b50fd3bac78880968c4074','2026-11-08T03:03:00Z',NULL);
CREATE TABLE corrections (
	escalation_id CHAR(32) NOT NULL, 
	email VARCHAR(320) NOT NULL, 
	noted_at VARCHAR(20) NOT NULL, 
	told_in CHAR(32), 
	CONSTRAINT pk_corrections PRIMARY KEY (escalation_id, email), 
	CONSTRAINT fk_corrections_escalation_id FOREIGN KEY(escalation_id) REFERENCES escalations (id), 
	CONSTRAINT fk_corrections_told_in FOREIGN KEY(told_in) REFERENCES messages (id)
);
CREATE TABLE deadlines (
	id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	rule VARCHAR(80) NOT NULL, 
	round INTEGER NOT NULL, 
	starts_at VARCHAR(20) NOT NULL, 
	opens_at VARCHAR(20), 
	due_at VARCHAR(20), 
	original_due_at VARCHAR(20), 
	state VARCHAR(12) NOT NULL, 
	met_at VARCHAR(20), 
	ended_by VARCHAR(80), 
	"limit" VARCHAR(80), 
	provisional BOOLEAN DEFAULT false NOT NULL, 
	next_at VARCHAR(20), 
	"plan" JSON DEFAULT '[]' NOT NULL, 
	CONSTRAINT pk_deadlines PRIMARY KEY (id), 
	CONSTRAINT fk_deadlines_case_id FOREIGN KEY(case_id) REFERENCES cases (id), 
	CONSTRAINT uq_deadlines_case_id_rule_round UNIQUE (case_id, rule, round)
);
INSERT INTO "deadlines" VALUES(1,1,'call',1,'2026-11-02T01:00:00Z',NULL,'2026-11-03T15:59:59Z','2026-11-03T15:59:59Z','breached',NULL,NULL,'P1D',0,'2026-11-08T15:59:59Z','[["2026-11-08T15:59:59Z", "review"], ["2026-11-10T01:00:00Z", "escalate-1"], ["2026-11-10T01:00:00Z", "review"]]');
INSERT INTO "deadlines" VALUES(2,1,'visit',1,'2026-11-02T01:00:00Z',NULL,'2026-11-04T15:59:59Z','2026-11-04T15:59:59Z','breached',NULL,NULL,'P2D',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(3,1,'visit',2,'2026-11-04T15:59:59Z',NULL,'2026-11-06T15:59:59Z','2026-11-06T15:59:59Z','breached',NULL,NULL,'P2D',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(4,1,'validity',1,'2026-11-02T01:00:00Z',NULL,'2026-11-10T15:59:59Z','2026-11-10T15:59:59Z','open',NULL,NULL,'P8D',0,'2026-11-10T15:59:59Z','[["2026-11-10T15:59:59Z", "due"], ["2026-11-10T15:59:59Z", "review"]]');
INSERT INTO "deadlines" VALUES(5,2,'call',1,'2026-11-02T02:00:00Z',NULL,'2026-11-03T15:59:59Z','2026-11-03T15:59:59Z','met','2026-11-03T02:00:00Z','first_contact','P1D',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(6,2,'visit',1,'2026-11-02T02:00:00Z',NULL,'2026-11-04T15:59:59Z','2026-11-04T15:59:59Z','breached',NULL,NULL,'P2D',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(7,2,'visit',2,'2026-11-04T15:59:59Z',NULL,'2026-11-06T15:59:59Z','2026-11-06T15:59:59Z','breached',NULL,NULL,'P2D',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(8,2,'validity',1,'2026-11-02T02:00:00Z',NULL,'2026-11-10T15:59:59Z','2026-11-10T15:59:59Z','open',NULL,NULL,'P8D',0,'2026-11-10T15:59:59Z','[["2026-11-10T15:59:59Z", "due"], ["2026-11-10T15:59:59Z", "review"]]');
INSERT INTO "deadlines" VALUES(9,3,'call',1,'2026-11-02T03:00:00Z',NULL,'2026-11-03T15:59:59Z','2026-11-03T15:59:59Z','met','2026-11-03T03:00:00Z','first_contact','P1D',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(10,3,'visit',1,'2026-11-02T03:00:00Z',NULL,'2026-11-04T15:59:59Z','2026-11-04T15:59:59Z','breached',NULL,NULL,'P2D',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(11,3,'visit',2,'2026-11-04T15:59:59Z',NULL,'2026-11-06T15:59:59Z','2026-11-06T15:59:59Z','breached',NULL,NULL,'P2D',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(12,3,'validity',1,'2026-11-02T03:00:00Z',NULL,'2026-11-10T15:59:59Z','2026-11-10T15:59:59Z','open',NULL,NULL,'P8D',0,'2026-11-10T15:59:59Z','[["2026-11-10T15:59:59Z", "due"], ["2026-11-10T15:59:59Z", "review"]]');
INSERT INTO "deadlines" VALUES(13,2,'visit',3,'2026-11-06T15:59:59Z',NULL,'2026-11-08T15:59:59Z','2026-11-08T15:59:59Z','open',NULL,NULL,'P2D',0,'2026-11-08T15:59:59Z','[["2026-11-08T15:59:59Z", "due"]]');
INSERT INTO "deadlines" VALUES(14,1,'visit',3,'2026-11-06T15:59:59Z',NULL,'2026-11-08T15:59:59Z','2026-11-08T15:59:59Z','open',NULL,NULL,'P2D',0,'2026-11-08T15:59:59Z','[["2026-11-08T15:59:59Z", "due"]]');
INSERT INTO "deadlines" VALUES(15,3,'visit',3,'2026-11-06T15:59:59Z',NULL,'2026-11-08T15:59:59Z','2026-11-08T15:59:59Z','open',NULL,NULL,'P2D',0,'2026-11-08T15:59:59Z','[["2026-11-08T15:59:59Z", "due"]]');
INSERT INTO "deadlines" VALUES(16,5,'complaints-1',1,'2026-11-04T01:00:00Z','2026-11-04T01:00:00Z',NULL,NULL,'open',NULL,NULL,NULL,0,NULL,'[]');
INSERT INTO "deadlines" VALUES(17,6,'complaints-2',1,'2026-11-06T01:00:00Z','2026-11-06T01:00:00Z',NULL,NULL,'void',NULL,'amended',NULL,0,NULL,'[]');
INSERT INTO "deadlines" VALUES(18,7,'complaints-2',1,'2026-11-05T01:00:00Z','2026-11-05T01:00:00Z',NULL,NULL,'open',NULL,NULL,NULL,0,NULL,'[]');
INSERT INTO "deadlines" VALUES(19,4,'pledge-first',1,'2026-11-07T07:10:00Z','2026-11-07T07:10:00Z',NULL,NULL,'open',NULL,NULL,NULL,0,NULL,'[]');
INSERT INTO "deadlines" VALUES(20,8,'first-contact',1,'2026-11-08T01:00:00Z',NULL,'2026-11-08T01:10:00Z','2026-11-08T01:10:00Z','breached',NULL,NULL,'PT10M',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(21,8,'follow-up',1,'2026-11-08T01:00:00Z','2026-11-08T01:40:00Z','2026-11-08T02:00:00Z','2026-11-08T02:00:00Z','breached',NULL,NULL,'PT60M',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(22,9,'first-contact',1,'2026-11-08T02:00:00Z',NULL,'2026-11-08T02:10:00Z','2026-11-08T02:10:00Z','met','2026-11-08T02:05:00Z','first_contact','PT10M',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(23,9,'follow-up',1,'2026-11-08T02:00:00Z','2026-11-08T02:40:00Z','2026-11-08T03:00:00Z','2026-11-08T03:00:00Z','breached',NULL,NULL,'PT60M',0,'2026-11-08T03:30:00Z','[["2026-11-08T03:30:00Z", "escalate-1"]]');
INSERT INTO "deadlines" VALUES(24,10,'first-contact',1,'2026-11-08T03:00:00Z',NULL,NULL,'2026-11-08T03:10:00Z','paused',NULL,NULL,'PT10M',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(25,10,'follow-up',1,'2026-11-08T03:00:00Z',NULL,NULL,'2026-11-08T04:00:00Z','paused',NULL,NULL,'PT60M',0,NULL,'[]');
INSERT INTO "deadlines" VALUES(26,12,'return',1,'2026-10-10T02:00:00Z',NULL,'2026-11-09T15:59:59Z','2026-11-09T15:59:59Z','open',NULL,NULL,'P30D',0,'2026-11-09T01:00:00Z','[["2026-11-09T01:00:00Z", "due"], ["2026-11-09T15:59:59Z", "breach"], ["2026-11-12T01:00:00Z", "escalate-1"], ["2026-11-16T01:00:00Z", "escalate-2"]]');
INSERT INTO "deadlines" VALUES(27,13,'return',1,'2026-10-11T02:00:00Z',NULL,'2026-11-10T15:59:59Z','2026-11-10T15:59:59Z','open',NULL,NULL,'P30D',0,'2026-11-09T01:00:00Z','[["2026-11-09T01:00:00Z", "remind-2"], ["2026-11-10T01:00:00Z", "due"], ["2026-11-10T15:59:59Z", "breach"], ["2026-11-13T01:00:00Z", "escalate-1"], ["2026-11-17T01:00:00Z", "escalate-2"]]');
INSERT INTO "deadlines" VALUES(28,14,'return',1,'2026-10-12T02:00:00Z',NULL,'2026-11-11T15:59:59Z','2026-11-11T15:59:59Z','open',NULL,NULL,'P30D',0,'2026-11-10T01:00:00Z','[["2026-11-10T01:00:00Z", "remind-2"], ["2026-11-11T01:00:00Z", "due"], ["2026-11-11T15:59:59Z", "breach"], ["2026-11-14T01:00:00Z", "escalate-1"], ["2026-11-18T01:00:00Z", "escalate-2"]]');
CREATE TABLE duties (
	regulation VARCHAR(80) NOT NULL, 
	duty VARCHAR(80) NOT NULL, 
	started_at VARCHAR(20) NOT NULL, 
	opened_until VARCHAR(20), 
	turns INTEGER DEFAULT '0' NOT NULL, 
	next_at VARCHAR(20), 
	CONSTRAINT pk_duties PRIMARY KEY (regulation, duty)
);
CREATE TABLE escalations (
	id CHAR(32) NOT NULL, 
	case_id INTEGER NOT NULL, 
	rule VARCHAR(80) NOT NULL, 
	round INTEGER NOT NULL, 
	step VARCHAR(20) NOT NULL, 
	due_at VARCHAR(20), 
	scheduled_at VARCHAR(20) NOT NULL, 
	fired_at VARCHAR(20) NOT NULL, 
	recipients JSON NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_escalations PRIMARY KEY (id), 
	CONSTRAINT fk_escalations_case_id FOREIGN KEY(case_id) REFERENCES cases (id)
);
INSERT INTO "escalations" VALUES('642196e3095e4c03a7331cc7e68a354d',1,'call',1,'due','2026-11-03T15:59:59Z','2026-11-03T01:00:00Z','2026-11-05T04:00:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('62c50fb7513c9ab8d99267b44c35df6f',1,'call',1,'due','2026-11-03T15:59:59Z','2026-11-04T01:00:00Z','2026-11-05T04:00:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('4e3c5b1bca5e6e27f54a6e2a73d15051',1,'call',1,'due','2026-11-03T15:59:59Z','2026-11-05T01:00:00Z','2026-11-05T04:00:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('750383d23362386204c0f4ab5dc6fca8',2,'call',1,'due','2026-11-03T15:59:59Z','2026-11-03T01:00:00Z','2026-11-05T04:00:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('0e76f512a5a1835accf0a76f0e1bcf47',2,'call',1,'due','2026-11-03T15:59:59Z','2026-11-04T01:00:00Z','2026-11-05T04:00:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('bc60af3e34d7b64c0e81848b921e03c7',2,'call',1,'due','2026-11-03T15:59:59Z','2026-11-05T01:00:00Z','2026-11-05T04:00:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('efe6bc948576117500a401b88a0cad4a',3,'call',1,'due','2026-11-03T15:59:59Z','2026-11-03T01:00:00Z','2026-11-05T04:00:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('1d7ae0499519f6cf3e2a00d25b9c657a',3,'call',1,'due','2026-11-03T15:59:59Z','2026-11-04T01:00:00Z','2026-11-05T04:00:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('3a219264e7ecb0b2879bc26f8504ac2e',3,'call',1,'due','2026-11-03T15:59:59Z','2026-11-05T01:00:00Z','2026-11-05T04:00:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('b3e08f312f4b5d1741b5853094d97970',1,'visit',1,'due','2026-11-04T15:59:59Z','2026-11-04T15:59:59Z','2026-11-05T04:00:00Z','[{"name": "\u7ecf\u529e", "role": "handler", "email": "e7bb8fe58a9e@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('c4674dff6db3dfe2958914ec12185e94',2,'visit',1,'due','2026-11-04T15:59:59Z','2026-11-04T15:59:59Z','2026-11-05T04:00:00Z','[{"name": "\u7ecf\u529e", "role": "handler", "email": "e7bb8fe58a9e@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('2b7dceb10d8281d72ca32a94645fd6ab',3,'visit',1,'due','2026-11-04T15:59:59Z','2026-11-04T15:59:59Z','2026-11-05T04:00:00Z','[{"name": "\u7ecf\u529e", "role": "handler", "email": "e7bb8fe58a9e@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('3772494f9f512a3c611d37eae054a47e',2,'visit',2,'due','2026-11-06T15:59:59Z','2026-11-06T15:59:59Z','2026-11-07T04:00:00Z','[{"name": "\u7ecf\u529e", "role": "handler", "email": "e7bb8fe58a9e@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('3c051d0cf46b40d59201acaa034daf6f',1,'call',1,'escalate-1','2026-11-03T15:59:59Z','2026-11-06T01:00:00Z','2026-11-07T04:00:00Z','[{"name": "\u5ba2\u670d", "role": "service_manager", "email": "e5aea2e69c8d@example.com", "instead_of": null}]','逾期未办 (overdue)');
INSERT INTO "escalations" VALUES('7f67012c98e27c4f30bc4936c5823017',3,'call',1,'escalate-1','2026-11-03T15:59:59Z','2026-11-06T01:00:00Z','2026-11-07T04:00:00Z','[{"name": "\u5ba2\u670d", "role": "service_manager", "email": "e5aea2e69c8d@example.com", "instead_of": null}]','逾期未办 (overdue)');
INSERT INTO "escalations" VALUES('a8a8ee20000beab93b2ffa9e71ba3624',1,'visit',2,'due','2026-11-06T15:59:59Z','2026-11-06T15:59:59Z','2026-11-07T04:00:00Z','[{"name": "\u7ecf\u529e", "role": "handler", "email": "e7bb8fe58a9e@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('350912f11261e5e74acbc58d8972e2a7',3,'visit',2,'due','2026-11-06T15:59:59Z','2026-11-06T15:59:59Z','2026-11-07T04:00:00Z','[{"name": "\u7ecf\u529e", "role": "handler", "email": "e7bb8fe58a9e@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('9a9583e55d5d2f387043681dce26df19',5,'complaints-1',1,'opens',NULL,'2026-11-04T01:00:00Z','2026-11-07T06:00:00Z','[{"name": "\u5ba2\u670d", "role": "service_manager", "email": "e5aea2e69c8d@example.com", "instead_of": null}]','现在起可以办理 (may be done from now on)');
INSERT INTO "escalations" VALUES('cd8ea9e2a91a0cada276a311281ef9a5',6,'complaints-2',1,'opens',NULL,'2026-11-06T01:00:00Z','2026-11-07T06:00:00Z','[{"name": "\u603b\u7ecf\u7406", "role": "general_manager", "email": "e680bbe7bb8fe79086@example.com", "instead_of": null}]','现在起可以办理 (may be done from now on)');
INSERT INTO "escalations" VALUES('7ca358f9cda21fea4c16803f94e8ca19',7,'complaints-2',1,'opens',NULL,'2026-11-05T01:00:00Z','2026-11-07T07:00:00Z','[{"name": "\u603b\u7ecf\u7406", "role": "general_manager", "email": "e680bbe7bb8fe79086@example.com", "instead_of": null}]','现在起可以办理 (may be done from now on)');
INSERT INTO "escalations" VALUES('17b627d389880ac57eed8f0304a04df6',4,'pledge-first',1,'opens',NULL,'2026-11-07T07:10:00Z','2026-11-07T07:30:00Z','[{"name": "\u603b\u7ecf\u7406", "role": "general_manager", "email": "e680bbe7bb8fe79086@example.com", "instead_of": null}]','现在起可以办理 (may be done from now on)');
INSERT INTO "escalations" VALUES('c1ea8899f3020d59b10d0e2b5b61e497',1,'call',1,'escalate-1','2026-11-03T15:59:59Z','2026-11-08T01:00:00Z','2026-11-08T01:05:00Z','[{"name": "\u5ba2\u670d", "role": "service_manager", "email": "e5aea2e69c8d@example.com", "instead_of": null}]','逾期未办 (overdue)');
INSERT INTO "escalations" VALUES('7372049e96d8c2072b013b71e46d7c05',8,'first-contact',1,'remind-1','2026-11-08T01:10:00Z','2026-11-08T01:07:00Z','2026-11-08T02:12:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}]','即将到期 (about to fall due)');
INSERT INTO "escalations" VALUES('229a5b4c93bb037dba65230769b2066a',8,'first-contact',1,'due','2026-11-08T01:10:00Z','2026-11-08T01:10:00Z','2026-11-08T02:12:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}, {"name": "\u7ecf\u529e", "role": "handler", "email": "e7bb8fe58a9e@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('76cef3ce50ae54995c9cd43a00167501',8,'first-contact',1,'escalate-1','2026-11-08T01:10:00Z','2026-11-08T01:20:00Z','2026-11-08T02:12:00Z','[{"name": "\u5ba2\u670d", "role": "service_manager", "email": "e5aea2e69c8d@example.com", "instead_of": null}]','逾期未办 (overdue)');
INSERT INTO "escalations" VALUES('ae1d499365068f6bbaf36b5701f411a3',8,'first-contact',1,'escalate-2','2026-11-08T01:10:00Z','2026-11-08T01:40:00Z','2026-11-08T02:12:00Z','[{"name": "\u603b\u7ecf\u7406", "role": "general_manager", "email": "e680bbe7bb8fe79086@example.com", "instead_of": null}]','逾期未办 (overdue)');
INSERT INTO "escalations" VALUES('14bcd3fb6d5cf281295f2836b0cd0d8e',8,'follow-up',1,'opens','2026-11-08T02:00:00Z','2026-11-08T01:40:00Z','2026-11-08T02:12:00Z','[{"name": "\u56de\u8bbf", "role": "revisit_specialist", "email": "e59b9ee8aebf@example.com", "instead_of": null}]','现在起可以办理 (may be done from now on)');
INSERT INTO "escalations" VALUES('0b49be6ae57cb1f060930795d9a79eea',8,'follow-up',1,'due','2026-11-08T02:00:00Z','2026-11-08T02:00:00Z','2026-11-08T02:12:00Z','[{"name": "\u56de\u8bbf", "role": "revisit_specialist", "email": "e59b9ee8aebf@example.com", "instead_of": null}, {"name": "\u5ba2\u670d", "role": "service_manager", "email": "e5aea2e69c8d@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('4fec3085a326ce85de68433021f7c28c',9,'first-contact',1,'remind-1','2026-11-08T02:10:00Z','2026-11-08T02:07:00Z','2026-11-08T02:12:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}]','即将到期 (about to fall due)');
INSERT INTO "escalations" VALUES('19fd9e691c7edd7941bf2d339966a8e7',9,'first-contact',1,'due','2026-11-08T02:10:00Z','2026-11-08T02:10:00Z','2026-11-08T02:12:00Z','[{"name": "\u7ecf\u7406", "role": "department_manager", "email": "e7bb8fe79086@example.com", "instead_of": null}, {"name": "\u7ecf\u529e", "role": "handler", "email": "e7bb8fe58a9e@example.com", "instead_of": null}]','已到期限 (due)');
INSERT INTO "escalations" VALUES('622c7ac5d3eb17e8473842dfe9e16e0f',12,'return',1,'remind-1','2026-11-09T15:59:59Z','2026-11-06T01:00:00Z','2026-11-08T03:03:00Z','[{"name": "\u7ecf\u529e", "role": "borrower", "email": "e7bb8fe58a9e@example.com", "instead_of": null}]','即将到期 (about to fall due)');
INSERT INTO "escalations" VALUES('27d249ca07bcf0b4e6fc11dcbee9ad79',12,'return',1,'remind-2','2026-11-09T15:59:59Z','2026-11-08T01:00:00Z','2026-11-08T03:03:00Z','[{"name": "\u7ecf\u529e", "role": "borrower", "email": "e7bb8fe58a9e@example.com", "instead_of": null}]','即将到期 (about to fall due)');
INSERT INTO "escalations" VALUES('2419e7fc764b6400b880d97a2c8d1eb7',13,'return',1,'remind-1','2026-11-10T15:59:59Z','2026-11-07T01:00:00Z','2026-11-08T03:03:00Z','[{"name": "\u7ecf\u529e", "role": "borrower", "email": "e7bb8fe58a9e@example.com", "instead_of": null}]','即将到期 (about to fall due)');
INSERT INTO "escalations" VALUES('10fabc8f8d37e3ead33e45b7c27c4f50',14,'return',1,'remind-1','2026-11-11T15:59:59Z','2026-11-08T01:00:00Z','2026-11-08T03:03:00Z','[{"name": "\u7ecf\u529e", "role": "borrower", "email": "e7bb8fe58a9e@example.com", "instead_of": null}]','即将到期 (about to fall due)');
INSERT INTO "escalations" VALUES('3bd871638b44e7cc0830fdec3c7480dc',8,'follow-up',1,'escalate-1','2026-11-08T02:00:00Z','2026-11-08T02:30:00Z','2026-11-08T03:03:00Z','[{"name": "\u603b\u7ecf\u7406", "role": "general_manager", "email": "e680bbe7bb8fe79086@example.com", "instead_of": null}]','逾期未办 (overdue)');
INSERT INTO "escalations" VALUES('f4337e304fb2b4e9eb534f77e1c78c26',9,'follow-up',1,'opens','2026-11-08T03:00:00Z','2026-11-08T02:40:00Z','2026-11-08T03:03:00Z','[{"name": "\u56de\u8bbf", "role": "revisit_specialist", "email": "e59b9ee8aebf@example.com", "instead_of": null}]','现在起可以办理 (may be done from now on)');
INSERT INTO "escalations" VALUES('5476661056a38d069aee19c2ccd538b2',9,'follow-up',1,'due','2026-11-08T03:00:00Z','2026-11-08T03:00:00Z','2026-11-08T03:03:00Z','[{"name": "\u56de\u8bbf", "role": "revisit_specialist", "email": "e59b9ee8aebf@example.com", "instead_of": null}, {"name": "\u5ba2\u670d", "role": "service_manager", "email": "e5aea2e69c8d@example.com", "instead_of": null}]','已到期限 (due)');
CREATE TABLE events (
	id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	at VARCHAR(20) NOT NULL, 
	"by" VARCHAR(200), 
	fields JSON DEFAULT '{}' NOT NULL, 
	recorded_at VARCHAR(20), 
	applied_at VARCHAR(20), 
	"key" VARCHAR(64), 
	CONSTRAINT pk_events PRIMARY KEY (id), 
	CONSTRAINT ck_events_at_is_utc CHECK (at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z'), 
	CONSTRAINT fk_events_case_id FOREIGN KEY(case_id) REFERENCES cases (id), 
	CONSTRAINT uq_events_case_id_key UNIQUE (case_id, "key")
);
INSERT INTO "events" VALUES(1,1,'registered','2026-11-02T01:00:00Z',NULL,'{}','2026-11-02T01:00:00Z','2026-11-05T04:00:00Z','3b338d70c10e34dd6e25f8c1cd5b18c9a1dfadfabc8b5d88e92bf2472470c041');
INSERT INTO "events" VALUES(2,2,'registered','2026-11-02T02:00:00Z',NULL,'{}','2026-11-02T02:00:00Z','2026-11-05T04:00:00Z','9e4613663f59cdbd46c5b4c5411f0c1e6cd547b325a42fc8e415106a02d66e51');
INSERT INTO "events" VALUES(3,3,'registered','2026-11-02T03:00:00Z',NULL,'{}','2026-11-02T03:00:00Z','2026-11-05T04:00:00Z','bf7fdcdfe2dede7275d0b0b692b0aeea9b4c1caeb51943cb50ce1eeda6983315');
INSERT INTO "events" VALUES(4,2,'first_contact','2026-11-03T02:00:00Z',NULL,'{}','2026-11-06T05:00:00Z','2026-11-07T04:00:00Z','5ce312a27f87c057e3ce9198246f174aae783acb12f3faf8d85343e9d4ea464e');
INSERT INTO "events" VALUES(5,1,'raised','2026-11-05T15:59:59Z',NULL,'{"noted_by": "call", "round": 1, "level": "major"}','2026-11-07T04:00:00Z','2026-11-07T04:00:00Z','17d9c83bf34ac12b51b8e4077c17b9df3921640f04a0686010ef2be03560f605');
INSERT INTO "events" VALUES(6,3,'retracted','2026-11-05T15:59:59Z',NULL,'{"noted_by": "call", "round": 1, "level": "major", "event": "raised"}','2026-11-07T04:00:00Z','2026-11-07T04:00:00Z','17d9c83bf34ac12b51b8e4077c17b9df3921640f04a0686010ef2be03560f605');
INSERT INTO "events" VALUES(7,3,'first_contact','2026-11-03T03:00:00Z',NULL,'{}','2026-11-07T05:00:00Z','2026-11-07T05:00:00Z','ab66cbf5dac323897b22ff1bf02b0605ae100adba76bb61c2c39b71e073ccbb4');
INSERT INTO "events" VALUES(8,4,'registered','2026-11-02T01:00:00Z',NULL,'{}','2026-11-02T01:00:00Z','2026-11-07T06:00:00Z','3b338d70c10e34dd6e25f8c1cd5b18c9a1dfadfabc8b5d88e92bf2472470c041');
INSERT INTO "events" VALUES(9,5,'registered','2026-11-04T01:00:00Z',NULL,'{}','2026-11-04T01:00:00Z','2026-11-07T06:00:00Z','a611ccd38b456edbed6c40ed95ccfdadda8d34f9586ac25a87be556d1671f114');
INSERT INTO "events" VALUES(10,6,'registered','2026-11-06T01:00:00Z',NULL,'{}','2026-11-06T01:00:00Z','2026-11-07T06:00:00Z','19f0b53511285d2a4d7d5930740dd5ddf9f70aba3d87e4f22462aa43b010bc3b');
INSERT INTO "events" VALUES(11,5,'counted','2026-11-04T01:00:00Z',NULL,'{"counter": "complaints", "rung": 1, "count": 2.0, "handler": "\u7ecf\u529e"}','2026-11-07T06:00:00Z','2026-11-07T06:00:00Z','50663321e2f2917c9d5a6d4bd7fad214ba54ece429c73ce65ba6522cabd315dd');
INSERT INTO "events" VALUES(12,6,'retracted','2026-11-06T01:00:00Z',NULL,'{"counter": "complaints", "rung": 2, "count": 3.0, "handler": "\u7ecf\u529e", "event": "raised"}','2026-11-07T06:00:00Z','2026-11-07T07:00:00Z','195971a705173e1c110ef8f0a3a4c5dd516190506f3096efd91fdb9109f97b27');
INSERT INTO "events" VALUES(13,7,'registered','2026-11-05T01:00:00Z',NULL,'{}','2026-11-05T01:00:00Z','2026-11-07T07:00:00Z','02e543791fdeb68ddae6a4b8cd41c53ff4d88dc40ab5e22c2c754922876de263');
INSERT INTO "events" VALUES(14,7,'raised','2026-11-05T01:00:00Z',NULL,'{"counter": "complaints", "rung": 2, "count": 3.0, "handler": "\u7ecf\u529e", "level": "grave"}','2026-11-07T07:00:00Z','2026-11-07T07:00:00Z','553313f970370f0dbad8edf38a32a33757a666a803e7700c7ae874d270171797');
INSERT INTO "events" VALUES(15,4,'started_work','2026-11-07T07:10:00Z',NULL,'{}',NULL,'2026-11-07T07:30:00Z',NULL);
INSERT INTO "events" VALUES(16,4,'flagged','2026-11-07T07:10:00Z',NULL,'{"gate": "pledge-first", "event": "started_work"}','2026-11-07T07:30:00Z','2026-11-07T07:30:00Z','35d0228a412df3b7c2c8fc448c072321c9a898940a7498dceea593f8b47010ec');
INSERT INTO "events" VALUES(17,8,'registered','2026-11-08T01:00:00Z',NULL,'{}','2026-11-08T01:00:00Z','2026-11-08T01:05:00Z','85ca2e81b685331646195694faffcdd93da14d452bdc89550078506114363def');
INSERT INTO "events" VALUES(18,9,'registered','2026-11-08T02:00:00Z',NULL,'{}','2026-11-08T02:00:00Z','2026-11-08T02:12:00Z','197539fe65669310f68822d85cb0ebc3534db62ac0653930cbdf6980bb4b0f94');
INSERT INTO "events" VALUES(19,10,'registered','2026-11-08T03:00:00Z',NULL,'{}','2026-11-08T03:00:00Z','2026-11-08T03:03:00Z','3da198ffe0c1b550beb0aac49f70d764d724d2d83a8d922c6583f5f2faecdf0b');
INSERT INTO "events" VALUES(20,11,'registered','2026-11-08T04:00:00Z',NULL,'{}','2026-11-08T04:00:00Z',NULL,'7847d8039e97b071b6aec2d976c1dbd772d371cedf0a18e86a3e8a4b7eddf0dc');
INSERT INTO "events" VALUES(21,9,'first_contact','2026-11-08T02:05:00Z',NULL,'{}','2026-11-08T02:20:00Z','2026-11-08T03:03:00Z','e12b64f4f8a1a0a3da6aaf1ed399b7ef1609fab28f641c31bf5e124665757c40');
INSERT INTO "events" VALUES(22,8,'postponement_requested','2026-11-08T02:21:00Z',NULL,'{}','2026-11-08T02:21:00Z','2026-11-08T03:03:00Z','64095655959c71ba8984feb49c4cd83d5e7333e46d3d2a6e9c81ab3c8cdc5c59');
INSERT INTO "events" VALUES(23,12,'lent','2026-10-10T02:00:00Z',NULL,'{}','2026-10-10T02:00:00Z','2026-11-08T03:03:00Z','22f6f39999503a030d3f6ce6746c8c5e1db6288725902cd378751cc7aeaead4d');
INSERT INTO "events" VALUES(24,13,'lent','2026-10-11T02:00:00Z',NULL,'{}','2026-10-11T02:00:00Z','2026-11-08T03:03:00Z','3f83fdb3218f683041bd04ea1b5ce3242075d691bf2ed3d77dea54c7152c4aca');
INSERT INTO "events" VALUES(25,14,'lent','2026-10-12T02:00:00Z',NULL,'{}','2026-10-12T02:00:00Z','2026-11-08T03:03:00Z','e56a383940b1a2a6f2de2f8b6f3eacc6572ac9c3eede4779f431f123febc063c');
INSERT INTO "events" VALUES(26,10,'paused','2026-11-08T03:05:00Z',NULL,'{}','2026-11-08T03:05:00Z','2026-11-08T03:06:00Z','492d68aef71687f6f0042d0cb6762b0fe07e9463895f638d7c24e7ef3de81009');
INSERT INTO "events" VALUES(27,13,'returned','2026-11-08T03:07:00Z',NULL,'{}','2026-11-08T03:07:00Z',NULL,'e6e5ee8056b37474fad198e5fb627aa440e0fc1a87c7aee058201b5c750f8021');
CREATE TABLE facts (
	name VARCHAR(80) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_facts PRIMARY KEY (name)
);
INSERT INTO "facts" VALUES('duties','38d070afdcc0165c');
INSERT INTO "facts" VALUES('calendar','e938e65f0aefc1e6');
CREATE TABLE leases (
	name VARCHAR(40) NOT NULL, 
	holder VARCHAR(120) NOT NULL, 
	taken_at VARCHAR(20) NOT NULL, 
	CONSTRAINT pk_leases PRIMARY KEY (name)
);
CREATE TABLE message_items (
	message_id CHAR(32) NOT NULL, 
	escalation_id CHAR(32) NOT NULL, 
	case_id INTEGER NOT NULL, 
	CONSTRAINT pk_message_items PRIMARY KEY (message_id, escalation_id), 
	CONSTRAINT fk_message_items_escalation_id FOREIGN KEY(escalation_id) REFERENCES escalations (id), 
	CONSTRAINT fk_message_items_message_id FOREIGN KEY(message_id) REFERENCES messages (id)
);
INSERT INTO "message_items" VALUES('a67e04541940a123b307ec60f1944094','642196e3095e4c03a7331cc7e68a354d',1);
INSERT INTO "message_items" VALUES('e1fa9d8fe855baf1c22528a6ba7634e0','62c50fb7513c9ab8d99267b44c35df6f',1);
INSERT INTO "message_items" VALUES('eb1fa786877012f8ea5d6f818ad97c2d','4e3c5b1bca5e6e27f54a6e2a73d15051',1);
INSERT INTO "message_items" VALUES('7b82a905dbc5802216f36b5a2fd8b072','750383d23362386204c0f4ab5dc6fca8',2);
INSERT INTO "message_items" VALUES('09cac7b5df5423ea5624dfa02175b669','0e76f512a5a1835accf0a76f0e1bcf47',2);
INSERT INTO "message_items" VALUES('90a056b16042e73057c777cfc33750e5','bc60af3e34d7b64c0e81848b921e03c7',2);
INSERT INTO "message_items" VALUES('7aa6ca02db69672d254781bdb6049998','efe6bc948576117500a401b88a0cad4a',3);
INSERT INTO "message_items" VALUES('1fc31fe08a442a539041889c0257d0ca','1d7ae0499519f6cf3e2a00d25b9c657a',3);
INSERT INTO "message_items" VALUES('1464e7ae0b1b1f6ec5be35598a9720aa','3a219264e7ecb0b2879bc26f8504ac2e',3);
INSERT INTO "message_items" VALUES('d748cc1e12661f25030e58b0af1f3fc9','b3e08f312f4b5d1741b5853094d97970',1);
INSERT INTO "message_items" VALUES('d748cc1e12661f25030e58b0af1f3fc9','c4674dff6db3dfe2958914ec12185e94',2);
INSERT INTO "message_items" VALUES('d748cc1e12661f25030e58b0af1f3fc9','2b7dceb10d8281d72ca32a94645fd6ab',3);
INSERT INTO "message_items" VALUES('d748cc1e12661f25030e58b0af1f3fc9','3772494f9f512a3c611d37eae054a47e',2);
INSERT INTO "message_items" VALUES('145510d7241ebe1dba1f4551b93bb369','3c051d0cf46b40d59201acaa034daf6f',1);
INSERT INTO "message_items" VALUES('145510d7241ebe1dba1f4551b93bb369','7f67012c98e27c4f30bc4936c5823017',3);
INSERT INTO "message_items" VALUES('d748cc1e12661f25030e58b0af1f3fc9','a8a8ee20000beab93b2ffa9e71ba3624',1);
INSERT INTO "message_items" VALUES('d748cc1e12661f25030e58b0af1f3fc9','350912f11261e5e74acbc58d8972e2a7',3);
INSERT INTO "message_items" VALUES('145510d7241ebe1dba1f4551b93bb369','9a9583e55d5d2f387043681dce26df19',5);
INSERT INTO "message_items" VALUES('f869a9aa0db883ae25992d9490fa16b9','cd8ea9e2a91a0cada276a311281ef9a5',6);
INSERT INTO "message_items" VALUES('1f42cabd89d02994e464f6e98fd824ba','7ca358f9cda21fea4c16803f94e8ca19',7);
INSERT INTO "message_items" VALUES('6fa69dcb4055f9c7c112ff91e1dbffcc','17b627d389880ac57eed8f0304a04df6',4);
INSERT INTO "message_items" VALUES('b94b561de01b9bd557da5ac5e7bdd568','c1ea8899f3020d59b10d0e2b5b61e497',1);
INSERT INTO "message_items" VALUES('f108ba0bcb5bdc6221873c0b47965a33','4fec3085a326ce85de68433021f7c28c',9);
INSERT INTO "message_items" VALUES('5a850e1b2a32ea536f74eaa67fcf2347','19fd9e691c7edd7941bf2d339966a8e7',9);
INSERT INTO "message_items" VALUES('73b66425301df9db8d657ab5dc9b0af3','19fd9e691c7edd7941bf2d339966a8e7',9);
INSERT INTO "message_items" VALUES('2dca9f6e2ef184f1ae14e3452de21ea9','7372049e96d8c2072b013b71e46d7c05',8);
INSERT INTO "message_items" VALUES('2dca9f6e2ef184f1ae14e3452de21ea9','229a5b4c93bb037dba65230769b2066a',8);
INSERT INTO "message_items" VALUES('d748cc1e12661f25030e58b0af1f3fc9','229a5b4c93bb037dba65230769b2066a',8);
INSERT INTO "message_items" VALUES('145510d7241ebe1dba1f4551b93bb369','76cef3ce50ae54995c9cd43a00167501',8);
INSERT INTO "message_items" VALUES('145510d7241ebe1dba1f4551b93bb369','0b49be6ae57cb1f060930795d9a79eea',8);
INSERT INTO "message_items" VALUES('be367d8dcfca658757463f265ca07e85','ae1d499365068f6bbaf36b5701f411a3',8);
INSERT INTO "message_items" VALUES('c13972116ac1891616295ed1b403695f','14bcd3fb6d5cf281295f2836b0cd0d8e',8);
INSERT INTO "message_items" VALUES('c13972116ac1891616295ed1b403695f','0b49be6ae57cb1f060930795d9a79eea',8);
INSERT INTO "message_items" VALUES('4bb9b530474fab2c5607de5d1003aebf','5476661056a38d069aee19c2ccd538b2',9);
INSERT INTO "message_items" VALUES('8395677672fc2518a738307eb82a141c','5476661056a38d069aee19c2ccd538b2',9);
INSERT INTO "message_items" VALUES('d748cc1e12661f25030e58b0af1f3fc9','622c7ac5d3eb17e8473842dfe9e16e0f',12);
INSERT INTO "message_items" VALUES('d748cc1e12661f25030e58b0af1f3fc9','27d249ca07bcf0b4e6fc11dcbee9ad79',12);
INSERT INTO "message_items" VALUES('d748cc1e12661f25030e58b0af1f3fc9','2419e7fc764b6400b880d97a2c8d1eb7',13);
INSERT INTO "message_items" VALUES('d748cc1e12661f25030e58b0af1f3fc9','10fabc8f8d37e3ead33e45b7c27c4f50',14);
INSERT INTO "message_items" VALUES('9ec0a9255c28902ba1d3687df5cfb619','3bd871638b44e7cc0830fdec3c7480dc',8);
INSERT INTO "message_items" VALUES('c13972116ac1891616295ed1b403695f','f4337e304fb2b4e9eb534f77e1c78c26',9);
CREATE TABLE messages (
	id CHAR(32) NOT NULL, 
	"key" TEXT NOT NULL, 
	message_id VARCHAR(200) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	person_id INTEGER, 
	name VARCHAR(200) NOT NULL, 
	email VARCHAR(320) NOT NULL, 
	language VARCHAR(8) DEFAULT 'zh' NOT NULL, 
	subject TEXT NOT NULL, 
	state VARCHAR(12) DEFAULT 'queued' NOT NULL, 
	reason TEXT, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	possible_repeat BOOLEAN DEFAULT false NOT NULL, 
	created_at VARCHAR(20) NOT NULL, 
	known_event INTEGER, 
	send_after VARCHAR(20), 
	claimed_by VARCHAR(120), 
	claimed_at VARCHAR(20), 
	sent_at VARCHAR(20), about JSON, 
	CONSTRAINT pk_messages PRIMARY KEY (id), 
	CONSTRAINT fk_messages_person_id FOREIGN KEY(person_id) REFERENCES people (id)
);
INSERT INTO "messages" VALUES('a67e04541940a123b307ec60f1944094','2611001/call/1/due/2026-11-03T01:00:00Z/2026-11-03T15:59:59Z/e7bb8fe79086@example.com','<5166be50efba5f3dceaf0543e1d05f7c@localhost>','slip',1,'经理','e7bb8fe79086@example.com','zh','【催办单】2026-11 · 1 件逾期未办结','queued',NULL,0,0,'2026-11-05T04:00:00Z',3,NULL,NULL,NULL,NULL,'{"form": "urge", "month": "2026-11", "role": "department_manager", "instead_of": null}');
INSERT INTO "messages" VALUES('e1fa9d8fe855baf1c22528a6ba7634e0','2611001/call/1/due/2026-11-04T01:00:00Z/2026-11-03T15:59:59Z/e7bb8fe79086@example.com','<9dd2b329925f8266ebb64a0e95b29c69@localhost>','slip',1,'经理','e7bb8fe79086@example.com','zh','【催办单】2026-11 · 1 件逾期未办结','queued',NULL,0,0,'2026-11-05T04:00:00Z',3,NULL,NULL,NULL,NULL,'{"form": "urge", "month": "2026-11", "role": "department_manager", "instead_of": null}');
INSERT INTO "messages" VALUES('eb1fa786877012f8ea5d6f818ad97c2d','2611001/call/1/due/2026-11-05T01:00:00Z/2026-11-03T15:59:59Z/e7bb8fe79086@example.com','<fad1a31ce4b53fcd8f614ebffe4b4200@localhost>','slip',1,'经理','e7bb8fe79086@example.com','zh','【催办单】2026-11 · 1 件逾期未办结','queued',NULL,0,0,'2026-11-05T04:00:00Z',3,NULL,NULL,NULL,NULL,'{"form": "urge", "month": "2026-11", "role": "department_manager", "instead_of": null}');
INSERT INTO "messages" VALUES('7b82a905dbc5802216f36b5a2fd8b072','2611002/call/1/due/2026-11-03T01:00:00Z/2026-11-03T15:59:59Z/e7bb8fe79086@example.com','<ad7c80770d9ce99a77850cc2341cf1fa@localhost>','slip',1,'经理','e7bb8fe79086@example.com','zh','【催办单】2026-11 · 1 件逾期未办结','queued',NULL,0,0,'2026-11-05T04:00:00Z',3,NULL,NULL,NULL,NULL,'{"form": "urge", "month": "2026-11", "role": "department_manager", "instead_of": null}');
INSERT INTO "messages" VALUES('09cac7b5df5423ea5624dfa02175b669','2611002/call/1/due/2026-11-04T01:00:00Z/2026-11-03T15:59:59Z/e7bb8fe79086@example.com','<f75db96eccb744a21ae213846324dc8e@localhost>','slip',1,'经理','e7bb8fe79086@example.com','zh','【催办单】2026-11 · 1 件逾期未办结','queued',NULL,0,0,'2026-11-05T04:00:00Z',3,NULL,NULL,NULL,NULL,'{"form": "urge", "month": "2026-11", "role": "department_manager", "instead_of": null}');
INSERT INTO "messages" VALUES('90a056b16042e73057c777cfc33750e5','2611002/call/1/due/2026-11-05T01:00:00Z/2026-11-03T15:59:59Z/e7bb8fe79086@example.com','<15e7ed2f5efd411e0e01460e89f1ee81@localhost>','slip',1,'经理','e7bb8fe79086@example.com','zh','【催办单】2026-11 · 1 件逾期未办结','queued',NULL,0,0,'2026-11-05T04:00:00Z',3,NULL,NULL,NULL,NULL,'{"form": "urge", "month": "2026-11", "role": "department_manager", "instead_of": null}');
INSERT INTO "messages" VALUES('7aa6ca02db69672d254781bdb6049998','2611003/call/1/due/2026-11-03T01:00:00Z/2026-11-03T15:59:59Z/e7bb8fe79086@example.com','<69ccfa5388229356d6089513e7b516c0@localhost>','slip',1,'经理','e7bb8fe79086@example.com','zh','【催办单】2026-11 · 1 件逾期未办结','queued',NULL,0,0,'2026-11-05T04:00:00Z',3,NULL,NULL,NULL,NULL,'{"form": "urge", "month": "2026-11", "role": "department_manager", "instead_of": null}');
INSERT INTO "messages" VALUES('1fc31fe08a442a539041889c0257d0ca','2611003/call/1/due/2026-11-04T01:00:00Z/2026-11-03T15:59:59Z/e7bb8fe79086@example.com','<d09e8c724ac6eada4a0d3d4e57cb2f10@localhost>','slip',1,'经理','e7bb8fe79086@example.com','zh','【催办单】2026-11 · 1 件逾期未办结','queued',NULL,0,0,'2026-11-05T04:00:00Z',3,NULL,NULL,NULL,NULL,'{"form": "urge", "month": "2026-11", "role": "department_manager", "instead_of": null}');
INSERT INTO "messages" VALUES('1464e7ae0b1b1f6ec5be35598a9720aa','2611003/call/1/due/2026-11-05T01:00:00Z/2026-11-03T15:59:59Z/e7bb8fe79086@example.com','<aa1b8a490f0cb7f09aa8c39c6d9f0c6f@localhost>','slip',1,'经理','e7bb8fe79086@example.com','zh','【催办单】2026-11 · 1 件逾期未办结','queued',NULL,0,0,'2026-11-05T04:00:00Z',3,NULL,NULL,NULL,NULL,'{"form": "urge", "month": "2026-11", "role": "department_manager", "instead_of": null}');
INSERT INTO "messages" VALUES('d748cc1e12661f25030e58b0af1f3fc9','summary/e7bb8fe58a9e@example.com/2026-11-05T04:00:00Z/b3e08f31','<26e52d7491ab8c8a30ba03ed3a02c749@localhost>','summary',3,'经办','e7bb8fe58a9e@example.com','zh','【督办·汇总】补发的催办事项','queued',NULL,0,0,'2026-11-05T04:00:00Z',3,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('145510d7241ebe1dba1f4551b93bb369','summary/e5aea2e69c8d@example.com/2026-11-07T04:00:00Z/3c051d0c','<ab40e7f8408ec66b33c88fe7e637c8c2@localhost>','summary',5,'客服','e5aea2e69c8d@example.com','zh','【督办·汇总】补发的催办事项','queued',NULL,0,0,'2026-11-07T04:00:00Z',6,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('f869a9aa0db883ae25992d9490fa16b9','summary/e680bbe7bb8fe79086@example.com/2026-11-07T06:00:00Z/cd8ea9e2','<4c9b1de2bac34a2727b925d19cb7027f@localhost>','escalation',7,'总经理','e680bbe7bb8fe79086@example.com','zh','【督办·待办】2611006 当月投诉次数（严重）','queued',NULL,0,0,'2026-11-07T06:00:00Z',12,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('1f42cabd89d02994e464f6e98fd824ba','summary/e680bbe7bb8fe79086@example.com/2026-11-07T07:00:00Z/7ca358f9','<20bee5d84d94a3512832565ad63fb3d1@localhost>','escalation',7,'总经理','e680bbe7bb8fe79086@example.com','zh','【督办·待办】2611007 当月投诉次数（严重）','queued',NULL,0,0,'2026-11-07T07:00:00Z',14,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('6fa69dcb4055f9c7c112ff91e1dbffcc','summary/e680bbe7bb8fe79086@example.com/2026-11-07T07:30:00Z/17b627d3','<114052bbdecd8f60336c5005a71c3695@localhost>','escalation',7,'总经理','e680bbe7bb8fe79086@example.com','zh','【督办·待办】2611004 先签责任书（一般）','queued',NULL,0,0,'2026-11-07T07:30:00Z',16,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('b94b561de01b9bd557da5ac5e7bdd568','2611001/call/1/escalate-1/2026-11-08T01:00:00Z/2026-11-03T15:59:59Z/e5aea2e69c8d@example.com','<49afabfe6059fa214e6ab7156a97e9e1@localhost>','escalation',5,'客服','e5aea2e69c8d@example.com','zh','【督办·超期】2611001 联系（重大），应于 2026-11-03 23:59:59 前完成','queued',NULL,0,0,'2026-11-08T01:05:00Z',20,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('f108ba0bcb5bdc6221873c0b47965a33','2611009/first-contact/1/remind-1/2026-11-08T02:10:00Z/e7bb8fe79086@example.com','<f59f19988cb6a38b13677d041b29bac7@localhost>','escalation',1,'经理','e7bb8fe79086@example.com','zh','【督办·超期】2611009 首次联系客户（重大投诉），应于 2026-11-08 10:10 前完成','queued',NULL,0,0,'2026-11-08T02:12:00Z',20,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('5a850e1b2a32ea536f74eaa67fcf2347','2611009/first-contact/1/due/2026-11-08T02:10:00Z/e7bb8fe79086@example.com','<3be250c0f01039a415ca53d4b760932a@localhost>','escalation',1,'经理','e7bb8fe79086@example.com','zh','【督办·超期】2611009 首次联系客户（重大投诉），应于 2026-11-08 10:10 前完成','queued',NULL,0,0,'2026-11-08T02:12:00Z',20,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('73b66425301df9db8d657ab5dc9b0af3','2611009/first-contact/1/due/2026-11-08T02:10:00Z/e7bb8fe58a9e@example.com','<44193f12dbeb40cf795800adbb72db52@localhost>','escalation',3,'经办','e7bb8fe58a9e@example.com','zh','【督办·超期】2611009 首次联系客户（重大投诉），应于 2026-11-08 10:10 前完成','queued',NULL,0,0,'2026-11-08T02:12:00Z',20,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('2dca9f6e2ef184f1ae14e3452de21ea9','summary/e7bb8fe79086@example.com/2026-11-08T02:12:00Z/7372049e','<7aea346d3356f8d4b928240cbfd9b8eb@localhost>','summary',1,'经理','e7bb8fe79086@example.com','zh','【督办·汇总】补发的催办事项','queued',NULL,0,0,'2026-11-08T02:12:00Z',20,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('be367d8dcfca658757463f265ca07e85','summary/e680bbe7bb8fe79086@example.com/2026-11-08T02:12:00Z/ae1d4993','<d8cc43e5a17ac33210a2e7c65ef45cc0@localhost>','escalation',7,'总经理','e680bbe7bb8fe79086@example.com','zh','【督办·超期】2611008 首次联系客户（重大投诉），应于 2026-11-08 09:10 前完成','queued',NULL,0,0,'2026-11-08T02:12:00Z',20,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('c13972116ac1891616295ed1b403695f','summary/e59b9ee8aebf@example.com/2026-11-08T02:12:00Z/14bcd3fb','<397c5f6159c2b7a0ae68e20f7b85d285@localhost>','summary',4,'回访','e59b9ee8aebf@example.com','zh','【督办·汇总】补发的催办事项','queued',NULL,0,0,'2026-11-08T02:12:00Z',20,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('4bb9b530474fab2c5607de5d1003aebf','2611009/follow-up/1/due/2026-11-08T03:00:00Z/e59b9ee8aebf@example.com','<00ded49ee035129f5346cf826830a322@localhost>','escalation',4,'回访','e59b9ee8aebf@example.com','zh','【督办·超期】2611009 跟踪电话（重大投诉），应于 2026-11-08 11:00 前完成','queued',NULL,0,0,'2026-11-08T03:03:00Z',25,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('8395677672fc2518a738307eb82a141c','2611009/follow-up/1/due/2026-11-08T03:00:00Z/e5aea2e69c8d@example.com','<4b648727b28bb01fb95e0c03175fb167@localhost>','escalation',5,'客服','e5aea2e69c8d@example.com','zh','【督办·超期】2611009 跟踪电话（重大投诉），应于 2026-11-08 11:00 前完成','queued',NULL,0,0,'2026-11-08T03:03:00Z',25,NULL,NULL,NULL,NULL,'null');
INSERT INTO "messages" VALUES('9ec0a9255c28902ba1d3687df5cfb619','summary/e680bbe7bb8fe79086@example.com/2026-11-08T03:03:00Z/3bd87163','<2ea4f4a5eb907ecab68abf3eebceafd8@localhost>','escalation',7,'总经理','e680bbe7bb8fe79086@example.com','zh','【督办·超期】2611008 跟踪电话（重大投诉），应于 2026-11-08 10:00 前完成','queued',NULL,0,0,'2026-11-08T03:03:00Z',25,NULL,NULL,NULL,NULL,'null');
CREATE TABLE penalties (
	id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	rule VARCHAR(80) NOT NULL, 
	round INTEGER NOT NULL, 
	who VARCHAR(200) NOT NULL, 
	amount FLOAT NOT NULL, 
	points FLOAT NOT NULL, 
	at VARCHAR(20) NOT NULL, 
	withdrawn_at VARCHAR(20), 
	note TEXT, seq INTEGER DEFAULT '0' NOT NULL, share FLOAT, "of" VARCHAR(80), measure TEXT, 
	CONSTRAINT pk_penalties PRIMARY KEY (id), 
	CONSTRAINT fk_penalties_case_id FOREIGN KEY(case_id) REFERENCES cases (id)
);
INSERT INTO "penalties" VALUES(1,1,'call',1,'经办',10.0,0.0,'2026-11-03T15:59:59Z',NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(2,1,'call',1,'经办',10.0,0.0,'2026-11-04T15:59:59Z',NULL,NULL,1,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(3,2,'call',1,'经办',10.0,0.0,'2026-11-03T15:59:59Z','2026-11-07T04:00:00Z','事后查明按时完成，撤销 (met in time as recorded later)',0,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(4,2,'call',1,'经办',10.0,0.0,'2026-11-04T15:59:59Z','2026-11-07T04:00:00Z','事后查明按时完成，撤销 (met in time as recorded later)',1,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(5,3,'call',1,'经办',10.0,0.0,'2026-11-03T15:59:59Z','2026-11-07T05:00:00Z','事后查明按时完成，撤销 (met in time as recorded later)',0,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(6,3,'call',1,'经办',10.0,0.0,'2026-11-04T15:59:59Z','2026-11-07T05:00:00Z','事后查明按时完成，撤销 (met in time as recorded later)',1,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(7,1,'call',1,'经办',30.0,0.0,'2026-11-05T15:59:59Z',NULL,NULL,2,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(8,1,'call',1,'经办',30.0,0.0,'2026-11-06T15:59:59Z',NULL,NULL,3,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(9,3,'call',1,'经办',30.0,0.0,'2026-11-05T15:59:59Z','2026-11-07T05:00:00Z','事后查明按时完成，撤销 (met in time as recorded later)',2,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(10,3,'call',1,'经办',30.0,0.0,'2026-11-06T15:59:59Z','2026-11-07T05:00:00Z','事后查明按时完成，撤销 (met in time as recorded later)',3,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(11,5,'complaints-1',1,'经办',100.0,0.0,'2026-11-04T01:00:00Z',NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(12,1,'call',1,'经办',30.0,0.0,'2026-11-07T15:59:59Z',NULL,NULL,4,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(13,9,'first-contact',1,'维修部',50.0,0.0,'2026-11-08T02:10:00Z','2026-11-08T03:03:00Z','事后查明按时完成，撤销 (met in time as recorded later)',0,NULL,NULL,NULL);
INSERT INTO "penalties" VALUES(14,8,'first-contact',1,'维修部',50.0,0.0,'2026-11-08T01:10:00Z',NULL,NULL,0,NULL,NULL,NULL);
CREATE TABLE people (
	id INTEGER NOT NULL, 
	email VARCHAR(320) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	department VARCHAR(200), 
	language VARCHAR(8) DEFAULT 'zh' NOT NULL, 
	deputy VARCHAR(320), 
	CONSTRAINT pk_people PRIMARY KEY (id), 
	CONSTRAINT uq_people_email UNIQUE (email)
);
INSERT INTO "people" VALUES(1,'e7bb8fe79086@example.com','经理','维修部','zh','e4bba3e79086@example.com');
INSERT INTO "people" VALUES(2,'e4bba3e79086@example.com','代理','维修部','zh',NULL);
INSERT INTO "people" VALUES(3,'e7bb8fe58a9e@example.com','经办','维修部','zh',NULL);
INSERT INTO "people" VALUES(4,'e59b9ee8aebf@example.com','回访','客服部','zh',NULL);
INSERT INTO "people" VALUES(5,'e5aea2e69c8d@example.com','客服','客服部','zh','e5aea2e69c8de4bba3e79086@example.com');
INSERT INTO "people" VALUES(6,'e5aea2e69c8de4bba3e79086@example.com','客服代理','客服部','zh',NULL);
INSERT INTO "people" VALUES(7,'e680bbe7bb8fe79086@example.com','总经理','总部','zh',NULL);
INSERT INTO "people" VALUES(8,'e9a686e59198@example.com','馆员','档案室','zh',NULL);
INSERT INTO "people" VALUES(9,'e6a1a3e6a188e4b8bbe7aea1@example.com','档案主管','档案室','zh',NULL);
CREATE TABLE person_roles (
	person_id INTEGER NOT NULL, 
	role VARCHAR(80) NOT NULL, 
	CONSTRAINT pk_person_roles PRIMARY KEY (person_id, role), 
	CONSTRAINT fk_person_roles_person_id FOREIGN KEY(person_id) REFERENCES people (id)
);
INSERT INTO "person_roles" VALUES(1,'department_manager');
INSERT INTO "person_roles" VALUES(3,'handler');
INSERT INTO "person_roles" VALUES(4,'revisit_specialist');
INSERT INTO "person_roles" VALUES(5,'service_manager');
INSERT INTO "person_roles" VALUES(7,'general_manager');
INSERT INTO "person_roles" VALUES(8,'librarian');
INSERT INTO "person_roles" VALUES(9,'archive_manager');
CREATE TABLE regulations (
	id INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	version INTEGER NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	body TEXT NOT NULL, 
	loaded_at VARCHAR(20) NOT NULL, 
	CONSTRAINT pk_regulations PRIMARY KEY (id), 
	CONSTRAINT uq_regulations_content_hash UNIQUE (content_hash)
);
INSERT INTO "regulations" VALUES(1,'growing',1,'bf9a86c0b4287c4e0bf66830ad74b3278934c12ea8e687a7a549a87270f6cb2c','complaint','{"regulation":"growing","version":1,"kind":"complaint","title":{"zh":"试用","en":"Growing"},"description":{"zh":"试用的制度。","en":"A regulation to try things with."},"cite":null,"number":"{yy}{mm}{serial:03d}","opening":"registered","openings":{},"closing":["closed","lapsed"],"levels":{"minor":{"zh":"一般","en":"minor"},"major":{"zh":"重大","en":"major"}},"roles":{"handler":{"zh":"经办人","en":"handler","above":"department_manager","of_department":false,"person":"handler","excludes":[],"cite":null},"department_manager":{"zh":"部门经理","en":"manager","above":"service_manager","of_department":true,"person":null,"excludes":["accused"],"cite":null},"service_manager":{"zh":"客服部经理","en":"service manager","above":"operations","of_department":false,"person":null,"excludes":[],"cite":null}},"events":{},"settings":{"days":{"value":null,"note":"not in the text","clauses":["growing:04"]}},"hours":[],"rounds":{"next":[],"at_most":null,"unless":{},"cite":null,"per_case":null},"pauses":[],"gates":[],"approvals":[],"counters":[],"duties":[],"rules":[{"id":"call","cite":{"article":"第一条","source":null,"lines":null,"clauses":[]},"title":{"zh":"联系","en":"Contact"},"do":null,"when":{},"start":[{"event":"registered","where":{}}],"stop":[{"event":"first_contact","where":{}}],"times":null,"quantity":null,"every_start":false,"counts_from":"start","repeat":[],"opens":null,"within":[{"of":"P1D","by":null,"table":{},"date":null,"before":null,"next":null,"due_of":null,"when":{}}],"longest":false,"soft":false,"responsible":"department_manager","copies":[],"remind":[],"escalate":[{"after":"P0D","to":["department_manager"],"every":"P1D","slip":"urge"},{"after":"P3D","to":["service_manager"],"every":"P2D","slip":null}],"on_late":[{"event":"raised","after":"P2D","level":"major"}],"closed_late":{"to":["service_manager"],"slip":"inquiry"},"give_up":null,"penalty":{"amount":{"minor":10.0,"major":30.0},"points":0.0,"share":null,"measure":null,"per":"P1D","late_by":null,"cap":null,"when":{},"otherwise":null,"charged_to":"handler"},"catch_up":null},{"id":"visit","cite":{"article":"第二条","source":null,"lines":null,"clauses":[]},"title":{"zh":"回访","en":"Visit"},"do":null,"when":{},"start":[{"event":"registered","where":{}}],"stop":[{"event":"revisited","where":{}}],"times":null,"quantity":null,"every_start":false,"counts_from":"start","repeat":[{"every":"P2D","times":3}],"opens":null,"within":[],"longest":false,"soft":false,"responsible":"handler","copies":[],"remind":[],"escalate":[],"on_late":[],"closed_late":null,"give_up":null,"penalty":null,"catch_up":null},{"id":"validity","cite":{"article":"第三条","source":null,"lines":null,"clauses":[]},"title":{"zh":"有效期","en":"Validity"},"do":null,"when":{},"start":[{"event":"registered","where":{}}],"stop":[{"event":"renewed","where":{}}],"times":null,"quantity":null,"every_start":false,"counts_from":"start","repeat":[],"opens":null,"within":[{"of":"P8D","by":null,"table":{},"date":null,"before":null,"next":null,"due_of":null,"when":{}}],"longest":false,"soft":false,"responsible":"handler","copies":[],"remind":[],"escalate":[],"on_late":[{"event":"lapsed","after":null,"level":null}],"closed_late":null,"give_up":null,"penalty":null,"catch_up":null},{"id":"station","cite":{"article":"第四条","source":null,"lines":null,"clauses":["growing:05"]},"title":{"zh":"工序","en":"Station"},"do":null,"when":{"channel":"onsite"},"start":[{"event":"registered","where":{}}],"stop":[{"event":"handed_over","where":{}}],"times":null,"quantity":null,"every_start":false,"counts_from":"start","repeat":[],"opens":null,"within":[{"of":"$days","by":null,"table":{},"date":null,"before":null,"next":null,"due_of":null,"when":{}}],"longest":false,"soft":false,"responsible":"handler","copies":[],"remind":[],"escalate":[],"on_late":[],"closed_late":null,"give_up":null,"penalty":null,"catch_up":null}],"catch_up":"all"}','2026-11-02T01:00:00Z');
INSERT INTO "regulations" VALUES(2,'house-rules',1,'461a8147c383f7e1c8d2dfdac5d2244c34423ea556a05b0a5997f86dd4a6e16a','petition','{"regulation":"house-rules","version":1,"kind":"petition","title":{"zh":"内部规定","en":"House rules"},"description":{"zh":"测试用。","en":"For tests."},"cite":null,"number":"{yy}{mm}{serial:03d}","opening":"registered","openings":{"leaving":"staff","borrowed":"loan"},"closing":["closed","withdrawn","returned","cleared"],"levels":{"minor":{"zh":"一般","en":"minor"},"grave":{"zh":"严重","en":"grave"}},"roles":{"handler":{"zh":"经办人","en":"handler","above":"service_manager","of_department":false,"person":"handler","excludes":[],"cite":null},"service_manager":{"zh":"客服经理","en":"service manager","above":"general_manager","of_department":false,"person":null,"excludes":[],"cite":null},"general_manager":{"zh":"总经理","en":"general manager","above":"operations","of_department":false,"person":null,"excludes":[],"cite":null}},"events":{"leaving":{"zh":"离岗","en":"leaving"},"borrowed":{"zh":"借出","en":"borrowed"},"cleared":{"zh":"手续办结","en":"cleared"},"pledged":{"zh":"签订责任书","en":"pledge signed"},"started_work":{"zh":"上岗","en":"started work"},"asked_money":{"zh":"申请赔偿","en":"compensation asked for"},"granted":{"zh":"批准","en":"granted"},"denied":{"zh":"不批准","en":"denied"},"paid":{"zh":"赔付","en":"paid"},"shared":{"zh":"分摊","en":"shared"},"asked_sign":{"zh":"送签","en":"sent for signing"},"signed":{"zh":"签字","en":"signed"},"rejected":{"zh":"退签","en":"rejected"},"archived":{"zh":"归档","en":"archived"}},"settings":{"cap":{"value":null,"note":"open","clauses":[]}},"hours":[],"rounds":{"next":[],"at_most":null,"unless":{},"cite":null,"per_case":null},"pauses":[],"gates":[{"id":"pledge-first","cite":{"article":"第一条","source":null,"lines":null,"clauses":[]},"title":{"zh":"先签责任书","en":"Pledge first"},"guards":"started_work","counts":null,"of":["borrower"],"kind":null,"having":[],"quantity":null,"at_most":0,"late_by":"P0D","requires":[{"event":"pledged","where":{}}],"unless":[],"inside":null,"after":null,"when":{},"flag":["general_manager"]},{"id":"clear-first","cite":{"article":"第二条","source":null,"lines":null,"clauses":[]},"title":{"zh":"先还清","en":"Return first"},"guards":"cleared","counts":"open_cases","of":["borrower"],"kind":"loan","having":[],"quantity":null,"at_most":0,"late_by":"P0D","requires":[],"unless":[],"inside":null,"after":null,"when":{},"flag":["general_manager"]},{"id":"department-late","cite":{"article":"第三条","source":null,"lines":null,"clauses":[]},"title":{"zh":"部门停借","en":"Department suspended"},"guards":"borrowed","counts":"late_cases","of":["department"],"kind":null,"having":[],"quantity":null,"at_most":0,"late_by":"P2D","requires":[],"unless":[{"event":"granted","where":{}}],"inside":null,"after":null,"when":{},"flag":["general_manager"]},{"id":"renew-window","cite":{"article":"第四条","source":null,"lines":null,"clauses":[]},"title":{"zh":"期内续借","en":"Renew in the window"},"guards":"renewed","counts":null,"of":["borrower"],"kind":null,"having":[],"quantity":null,"at_most":0,"late_by":"P0D","requires":[],"unless":[],"inside":"return-it","after":null,"when":{},"flag":["general_manager"]},{"id":"share-later","cite":{"article":"第五条","source":null,"lines":null,"clauses":[]},"title":{"zh":"期满分摊","en":"Share after the term"},"guards":"shared","counts":null,"of":["borrower"],"kind":null,"having":[],"quantity":null,"at_most":0,"late_by":"P0D","requires":[],"unless":[],"inside":null,"after":"return-it","when":{},"flag":["general_manager"]},{"id":"often","cite":{"article":"第六条","source":null,"lines":null,"clauses":[]},"title":{"zh":"一月一次","en":"Once a month"},"guards":"registered","counts":"seen","of":["borrower"],"kind":null,"having":[],"quantity":null,"at_most":2,"late_by":"P0D","requires":[],"unless":[],"inside":null,"after":null,"when":{"channel":"phone"},"flag":["general_manager"]},{"id":"no-figure","cite":{"article":"第七条","source":null,"lines":null,"clauses":[]},"title":{"zh":"未定上限","en":"No figure yet"},"guards":"registered","counts":"open_cases","of":["customer"],"kind":null,"having":[],"quantity":null,"at_most":"$cap","late_by":"P0D","requires":[],"unless":[],"inside":null,"after":null,"when":{},"flag":["general_manager"]}],"approvals":[{"id":"compensation","cite":{"article":"第十条","source":null,"lines":null,"clauses":[]},"title":{"zh":"赔偿审批","en":"Compensation"},"do":null,"when":{},"request":[{"event":"asked_money","where":{}}],"by":[{"role":"service_manager","when":{"amount":{"not":[],"at_least":null,"at_most":1000.0,"given":null}}},{"role":"general_manager","when":{}}],"in_turn":false,"approve":"granted","refuse":"denied","guards":"paid","within":[{"of":"P2D","by":null,"table":{},"date":null,"before":null,"next":null,"due_of":null,"when":{}}],"remind":[],"escalate":[{"after":"P0D","to":["general_manager"],"every":null,"slip":null}]},{"id":"signatures","cite":{"article":"第十一条","source":null,"lines":null,"clauses":[]},"title":{"zh":"逐级签字","en":"Signatures"},"do":null,"when":{},"request":[{"event":"asked_sign","where":{}}],"by":[{"role":"service_manager","when":{}},{"role":"general_manager","when":{}}],"in_turn":true,"approve":"signed","refuse":"rejected","guards":"archived","within":[],"remind":[],"escalate":[]}],"counters":[{"id":"seen","cite":{"article":"第八条","source":null,"lines":null,"clauses":[]},"title":{"zh":"一月内来访","en":"Visits in a month"},"counts":[{"event":"registered","where":{}}],"when":{},"of":["customer"],"quantity":null,"window":"P1M","consecutive":false,"ladder":[]},{"id":"complaints","cite":{"article":"第九条","source":null,"lines":null,"clauses":[]},"title":{"zh":"当月投诉次数","en":"Complaints of the month"},"counts":[{"event":"registered","where":{}}],"when":{},"of":["handler"],"quantity":null,"window":"month","consecutive":false,"ladder":[{"at":2,"to":["service_manager"],"do":null,"event":null,"level":null,"penalty":{"amount":100.0,"points":0.0,"share":null,"measure":null,"per":null,"late_by":null,"cap":null,"when":{},"otherwise":null,"charged_to":"handler"}},{"at":3,"to":["general_manager"],"do":null,"event":"raised","level":"grave","penalty":null}]}],"duties":[],"rules":[{"id":"return-it","cite":{"article":"第十二条","source":null,"lines":null,"clauses":[]},"title":{"zh":"归还","en":"Return"},"do":null,"when":{},"start":[{"event":"borrowed","where":{}}],"stop":[{"event":"returned","where":{}}],"times":null,"quantity":null,"every_start":false,"counts_from":"start","repeat":[],"opens":"-P3D","within":[{"of":"P10D","by":null,"table":{},"date":null,"before":null,"next":null,"due_of":null,"when":{}}],"longest":false,"soft":false,"responsible":"handler","copies":[],"remind":[],"escalate":[],"on_late":[],"closed_late":null,"give_up":null,"penalty":null,"catch_up":null}],"catch_up":"all"}','2026-11-02T01:00:00Z');
INSERT INTO "regulations" VALUES(3,'standard-complaints',1,'6ae7e3783af06ab31c427b819eb8bf6ad48e041498a7a6eef4e578637079ecf7','complaint','{"regulation":"standard-complaints","version":1,"kind":"complaint","title":{"zh":"客户投诉处理制度","en":"Complaint handling"},"description":{"zh":"默认的投诉制度：10 分钟内首次联系客户，满 40 分钟后跟踪电话（60 分钟为迟），结果交回后 72 小时内回访。","en":"The default for complaints. First contact within 10 minutes, a follow-up call from minute 40 on (late at 60), a revisit within 72 hours of the result."},"cite":null,"number":"{yy}{mm}{serial:03d}","opening":"registered","openings":{},"closing":["closed","withdrawn"],"levels":{"dissatisfied":{"zh":"不满意","en":"dissatisfied"},"very_dissatisfied":{"zh":"非常不满意","en":"very dissatisfied"},"major":{"zh":"重大投诉","en":"major complaint"},"crisis":{"zh":"危机事件","en":"crisis"}},"roles":{"handler":{"zh":"经办人","en":"handler","above":"department_manager","of_department":false,"person":"handler","excludes":[],"cite":null},"department_manager":{"zh":"部门经理","en":"department manager","above":"service_manager","of_department":true,"person":null,"excludes":[],"cite":null},"revisit_specialist":{"zh":"回访专员","en":"revisit specialist","above":"service_manager","of_department":false,"person":null,"excludes":[],"cite":null},"service_manager":{"zh":"客服部经理","en":"service manager","above":"general_manager","of_department":false,"person":null,"excludes":[],"cite":null},"general_manager":{"zh":"总经理","en":"general manager","above":"operations","of_department":false,"person":null,"excludes":[],"cite":null}},"events":{},"settings":{"first-contact-reminder":{"value":"-PT3M","note":"no reminder in the text; late enough that most calls are made by then","clauses":["workshop-complaints:04"]},"first-contact-escalate-1":{"value":"PT10M","note":"who is told next and when is not in the text; one more limit of 10 minutes","clauses":["workshop-complaints:04"]},"first-contact-escalate-2":{"value":"PT30M","note":"who is told last and when is not in the text","clauses":["workshop-complaints:04"]},"follow-up-within":{"value":"PT60M","note":"the text gives only the earliest time of the call; 20 minutes of tolerance after minute 40","clauses":["workshop-complaints:05"]},"follow-up-escalate":{"value":"PT30M","note":"the step after the due instant is not in the text","clauses":["workshop-complaints:05"]},"revisit-reminder":{"value":"-PT4H","note":"no reminder in the text; half a working day is left","clauses":["telecom-call-centre:02"]},"revisit-escalate":{"value":"PT24H","note":"the step after the due instant is not in the text","clauses":["telecom-call-centre:02"]}},"hours":[],"rounds":{"next":[],"at_most":null,"unless":{},"cite":null,"per_case":null},"pauses":[],"gates":[],"approvals":[],"counters":[],"duties":[],"rules":[{"id":"first-contact","cite":{"article":"第五条(三)","source":"000_17ca554d77d238a9.txt","lines":"1269-1271","clauses":["workshop-complaints:02","workshop-complaints:04"]},"title":{"zh":"首次联系客户","en":"First contact with the customer"},"do":{"zh":"立即联系客户，并记录“首次联系”。","en":"Contact the customer now and record the first contact."},"when":{},"start":[{"event":"registered","where":{}}],"stop":[{"event":"first_contact","where":{}}],"times":null,"quantity":null,"every_start":false,"counts_from":"start","repeat":[],"opens":null,"within":[{"of":"PT10M","by":null,"table":{},"date":null,"before":null,"next":null,"due_of":null,"when":{}}],"longest":false,"soft":false,"responsible":"department_manager","copies":[],"remind":[{"before":"-PT3M","after":null,"to":[]}],"escalate":[{"after":"PT0S","to":["department_manager","handler"],"every":null,"slip":null},{"after":"PT10M","to":["service_manager"],"every":null,"slip":null},{"after":"PT30M","to":["general_manager"],"every":null,"slip":null}],"on_late":[],"closed_late":null,"give_up":null,"penalty":{"amount":{"dissatisfied":20.0,"very_dissatisfied":30.0,"major":50.0,"crisis":80.0},"points":0.0,"share":null,"measure":null,"per":null,"late_by":null,"cap":null,"when":{},"otherwise":null,"charged_to":"department"},"catch_up":null},{"id":"follow-up","cite":{"article":"第五条(四)","source":"000_17ca554d77d238a9.txt","lines":"1273","clauses":["workshop-complaints:05"]},"title":{"zh":"跟踪电话","en":"Follow-up call"},"do":{"zh":"现在致电客户，了解处理进展，并记录“跟踪电话”；满 40 分钟之前的通话不算。","en":"Call the customer now and ask how the matter is going; record the follow-up. A call before minute 40 does not count."},"when":{},"start":[{"event":"registered","where":{}}],"stop":[{"event":"follow_up","where":{}}],"times":null,"quantity":null,"every_start":false,"counts_from":"start","repeat":[],"opens":"PT40M","within":[{"of":"PT60M","by":null,"table":{},"date":null,"before":null,"next":null,"due_of":null,"when":{}}],"longest":false,"soft":false,"responsible":"revisit_specialist","copies":[],"remind":[],"escalate":[{"after":"PT0S","to":["revisit_specialist","service_manager"],"every":null,"slip":null},{"after":"PT30M","to":["general_manager"],"every":null,"slip":null}],"on_late":[],"closed_late":null,"give_up":null,"penalty":null,"catch_up":null},{"id":"revisit","cite":{"article":"四、回访、采编组","source":"000_17ca554d77d238a9.txt","lines":"1231","clauses":["telecom-call-centre:02","telecom-call-centre:03"]},"title":{"zh":"回访客户","en":"Revisit"},"do":{"zh":"回访客户，告知处理结果并记录满意度；联系不上请记录“联系不上”，满 3 次可以结案，满 5 次不再计时。","en":"Tell the customer the result and record how satisfied they are. Record each failed attempt; the case may be closed after 3 of them and the clock ends at 5."},"when":{},"start":[{"event":"result_returned","where":{}}],"stop":[{"event":"revisited","where":{}}],"times":null,"quantity":null,"every_start":false,"counts_from":"start","repeat":[],"opens":null,"within":[{"of":"PT72H","by":null,"table":{},"date":null,"before":null,"next":null,"due_of":null,"when":{}}],"longest":false,"soft":false,"responsible":"revisit_specialist","copies":[],"remind":[{"before":"-PT4H","after":null,"to":[]}],"escalate":[{"after":"PT0S","to":["revisit_specialist","service_manager"],"every":null,"slip":null},{"after":"PT24H","to":["general_manager"],"every":null,"slip":null}],"on_late":[],"closed_late":null,"give_up":{"event":"unreachable","after_attempts":3,"at_most":5,"at_once":{}},"penalty":null,"catch_up":null}],"catch_up":"all"}','2026-11-08T01:00:00Z');
INSERT INTO "regulations" VALUES(4,'standard-loans',1,'5149828028b9649aeae813c687f0ab1fb227966c0af1e380872c88c4cf3beea6','loan','{"regulation":"standard-loans","version":1,"kind":"loan","title":{"zh":"资料借阅制度","en":"Loans from the archive"},"description":{"zh":"默认的借阅制度：借期 30 天，到期前 3 天和 1 天提醒，到期日通知借阅人，逾期 3 天通知部门负责人，逾期 7 天通知档案室主任并暂停借阅；最多续借 2 次。","en":"The default for loans. 30 days, reminders 3 days and 1 day before, the borrower on the due day, the department manager 3 days late, the archive''s manager 7 days late and no further loans; at most 2 renewals."},"cite":null,"number":"L{yy}{mm}{serial:03d}","opening":"lent","openings":{},"closing":["returned","lost","closed","withdrawn"],"levels":{},"roles":{"borrower":{"zh":"借阅人","en":"borrower","above":"department_manager","of_department":false,"person":"borrower","excludes":[],"cite":null},"department_manager":{"zh":"借阅人部门负责人","en":"manager of the borrower''s department","above":"archive_manager","of_department":true,"person":null,"excludes":[],"cite":null},"librarian":{"zh":"资料管理员","en":"librarian","above":"archive_manager","of_department":false,"person":null,"excludes":[],"cite":null},"archive_manager":{"zh":"档案室主任","en":"archive manager","above":"operations","of_department":false,"person":null,"excludes":[],"cite":null}},"events":{},"settings":{"items-at-once":{"value":5,"note":"items out in total, not per transaction; a deployment may allow more","clauses":["utility-library:01"]}},"hours":[],"rounds":{"next":[],"at_most":null,"unless":{},"cite":null,"per_case":null},"pauses":[],"gates":[{"id":"third-renewal","cite":{"article":"5.3(4)","source":"003_5f60256d3b7eb7d5.txt","lines":"5066","clauses":["utility-library:03"]},"title":{"zh":"续借不得超过 2 次","en":"A loan is renewed twice at most"},"guards":"renewed","counts":"events","of":["borrower"],"kind":null,"having":[],"quantity":null,"at_most":2,"late_by":"P0D","requires":[],"unless":[],"inside":null,"after":null,"when":{},"flag":["librarian"]},{"id":"items-at-once","cite":{"article":"5.3(3)","source":"003_5f60256d3b7eb7d5.txt","lines":"5064","clauses":["utility-library:01"]},"title":{"zh":"超过同时借阅的册数上限","en":"More items at once than one person may hold"},"guards":"lent","counts":"open_cases","of":["borrower"],"kind":null,"having":[],"quantity":"quantity","at_most":5,"late_by":"P0D","requires":[],"unless":[],"inside":null,"after":null,"when":{},"flag":["librarian"]},{"id":"overdue-block","cite":{"article":"5.3(5)","source":"003_5f60256d3b7eb7d5.txt","lines":"5068","clauses":["utility-library:05"]},"title":{"zh":"逾期 7 天未还，暂停借阅","en":"No further loans while an item is 7 days late"},"guards":"lent","counts":"late_cases","of":["borrower"],"kind":null,"having":[],"quantity":null,"at_most":0,"late_by":"P7D","requires":[],"unless":[],"inside":null,"after":null,"when":{},"flag":["librarian"]}],"approvals":[],"counters":[],"duties":[],"rules":[{"id":"return","cite":{"article":"5.3(3)、5.3(4)、6.6","source":"003_5f60256d3b7eb7d5.txt","lines":"4930, 5056, 5064-5066","clauses":["utility-library:02","utility-library:03","utility-library:04","engineering-archive-loans:05"]},"title":{"zh":"归还或续借","en":"Return or renew"},"do":{"zh":"请在到期日当天结束前归还，或办理续借。","en":"Bring the item back or renew it before the due day ends."},"when":{},"start":[{"event":"lent","where":{}},{"event":"renewed","where":{}}],"stop":[{"event":"returned","where":{}},{"event":"renewed","where":{}}],"times":null,"quantity":null,"every_start":true,"counts_from":"previous_due","repeat":[],"opens":null,"within":[{"of":"P30D","by":null,"table":{},"date":null,"before":null,"next":null,"due_of":null,"when":{}}],"longest":false,"soft":false,"responsible":"borrower","copies":[],"remind":[{"before":"-P3D","after":null,"to":[]},{"before":"-P1D","after":null,"to":[]}],"escalate":[{"after":"P0D","to":["borrower"],"every":null,"slip":null},{"after":"P3D","to":["department_manager"],"every":null,"slip":null},{"after":"P7D","to":["archive_manager"],"every":null,"slip":null}],"on_late":[],"closed_late":null,"give_up":null,"penalty":null,"catch_up":null}],"catch_up":"all"}','2026-10-10T02:00:00Z');
CREATE TABLE serials (
	prefix VARCHAR(80) NOT NULL, 
	last INTEGER NOT NULL, 
	CONSTRAINT pk_serials PRIMARY KEY (prefix)
);
INSERT INTO "serials" VALUES('2611',11);
INSERT INTO "serials" VALUES('L2610',3);
CREATE TABLE statements (
	id CHAR(32) NOT NULL, 
	cadence VARCHAR(12) NOT NULL, 
	regulation VARCHAR(80) DEFAULT '' NOT NULL, 
	period VARCHAR(12) NOT NULL, 
	revision INTEGER NOT NULL, 
	since VARCHAR(20) NOT NULL, 
	until VARCHAR(20) NOT NULL, 
	data_at VARCHAR(20) NOT NULL, 
	data_hash VARCHAR(64) NOT NULL, 
	state VARCHAR(12) NOT NULL, 
	parts JSON NOT NULL, 
	cases BLOB NOT NULL, 
	changes JSON DEFAULT '[]' NOT NULL, 
	case_id INTEGER, 
	run_id VARCHAR(40), 
	created_at VARCHAR(20) NOT NULL, 
	answered_at VARCHAR(20), 
	answered_by VARCHAR(200), 
	remark TEXT, 
	CONSTRAINT pk_statements PRIMARY KEY (id), 
	CONSTRAINT fk_statements_case_id FOREIGN KEY(case_id) REFERENCES cases (id), 
	CONSTRAINT uq_statements_cadence_regulation_period_revision UNIQUE (cadence, regulation, period, revision)
);
CREATE INDEX ix_people_name ON people (name);
CREATE INDEX ix_regulations_name ON regulations (name);
CREATE INDEX ix_cases_intake_key ON cases (intake_key);
CREATE INDEX ix_cases_kind_party ON cases (kind, party);
CREATE INDEX ix_cases_status ON cases (status);
CREATE INDEX ix_cases_trouble ON cases (id) WHERE trouble IS NOT NULL;
CREATE INDEX ix_cases_unevaluated ON cases (opened_at) WHERE evaluated_at IS NULL;
CREATE INDEX ix_messages_sent_at ON messages (sent_at);
CREATE INDEX ix_messages_waiting ON messages (state, created_at) WHERE state IN ('queued', 'sending', 'in_doubt');
CREATE UNIQUE INDEX uq_messages_open_summary ON messages (email) WHERE kind = 'summary' AND state = 'queued' AND attempts = 0;
CREATE INDEX ix_deadlines_next_at ON deadlines (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX ix_deadlines_provisional ON deadlines (case_id) WHERE provisional AND next_at IS NOT NULL;
CREATE INDEX ix_escalations_case_id ON escalations (case_id);
CREATE INDEX ix_escalations_fired_at ON escalations (fired_at);
CREATE INDEX ix_events_unapplied ON events (at, case_id) WHERE applied_at IS NULL;
CREATE INDEX ix_corrections_untold ON corrections (email) WHERE told_in IS NULL;
CREATE INDEX ix_message_items_case_id ON message_items (case_id);
CREATE INDEX ix_message_items_escalation_id ON message_items (escalation_id);
CREATE INDEX ix_statements_waiting ON statements (created_at) WHERE state = 'in_review';
CREATE UNIQUE INDEX uq_penalties_standing ON penalties (case_id, rule, round, seq) WHERE withdrawn_at IS NULL;
CREATE INDEX ix_duties_next_at ON duties (next_at) WHERE next_at IS NOT NULL;
COMMIT;
