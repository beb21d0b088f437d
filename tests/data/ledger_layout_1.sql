BEGIN TRANSACTION;
CREATE TABLE alias_events (
	event INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	pipeline TEXT NOT NULL, 
	alias TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	from_version INTEGER, 
	to_version INTEGER, 
	evidence TEXT NOT NULL, 
	evidence_hash TEXT NOT NULL, 
	PRIMARY KEY (event)
);
INSERT INTO "alias_events" VALUES(13,'2026-03-01T08:00:28.000000Z','flights','champion','ada','better',NULL,1,'{"auc":0.7}','6f6692cd74345183a064571e961b61464208b866b4c454ea4a237e9ca40a8c35');
CREATE TABLE audit (
	event INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	details TEXT NOT NULL, 
	previous TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (event)
);
INSERT INTO "audit" VALUES(1,'2026-03-01T08:00:00.000000Z','ada','run.start','first','{"kind":"build","parameters":{"fresh":true},"pipeline":"flights","stages":2}','0000000000000000000000000000000000000000000000000000000000000000','3e7d7837d0a718eb9aaa3b8ca0a38827731d01585cf92e42e1784d5c4eb23c9d');
INSERT INTO "audit" VALUES(2,'2026-03-01T08:00:04.000000Z','ada','stage.end','first/0','{"message":"","result_hash":"a9e2324f0fb85eaf0ecb7991d4967ebcf7ae0b8c261b96d42469f37070087af5","status":"succeeded"}','3e7d7837d0a718eb9aaa3b8ca0a38827731d01585cf92e42e1784d5c4eb23c9d','9205db81a39eb619a7c716032a3cf550daa1acebccaba491291f1e99c9e633ca');
INSERT INTO "audit" VALUES(3,'2026-03-01T08:00:07.000000Z','ada','gate.record','first/train/limits','{"at":"2026-03-01T08:00:06.000000Z","details":"sha256:8cd664de3db2ebc3a68f6507c3d786addcdaffc9393fea9ce94364129ba27a98","kind":"model","name":"limits","passed":true,"pipeline":"flights","run_id":"first","stage":"train","window":"2013-01"}','9205db81a39eb619a7c716032a3cf550daa1acebccaba491291f1e99c9e633ca','f3ec41ae6f9c63b112400a852b303981c52009ab3fc69e8b185d1850e8408107');
INSERT INTO "audit" VALUES(4,'2026-03-01T08:00:09.000000Z','ada','stage.end','first/1','{"message":"","result_hash":"74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b","status":"succeeded"}','f3ec41ae6f9c63b112400a852b303981c52009ab3fc69e8b185d1850e8408107','6711d87bcbc4011d4a9754679e2af01a269011f16a9ad302a3fac3b7501db1d0');
INSERT INTO "audit" VALUES(5,'2026-03-01T08:00:11.000000Z','ada','model.add','flights/1','{"at":"2026-03-01T08:00:10.000000Z","digest":"digest-first","metadata":"sha256:6f6692cd74345183a064571e961b61464208b866b4c454ea4a237e9ca40a8c35","path":"v0001","pipeline":"flights","run_id":"first","version":1}','6711d87bcbc4011d4a9754679e2af01a269011f16a9ad302a3fac3b7501db1d0','a1029a58ec13d0c53dc62e174a8aed55f47f2e7dcd60d26d524fe641d65a26b7');
INSERT INTO "audit" VALUES(6,'2026-03-01T08:00:12.000000Z','ada','run.end','first','{"message":"","status":"succeeded"}','a1029a58ec13d0c53dc62e174a8aed55f47f2e7dcd60d26d524fe641d65a26b7','4fe33cdfadd60772e9ac055f380b5ccd8bdb4e5c6ec0dede71502959589cdd0e');
INSERT INTO "audit" VALUES(7,'2026-03-01T08:00:14.000000Z','ada','run.start','second','{"kind":"build","parameters":{"fresh":true},"pipeline":"flights","stages":2}','4fe33cdfadd60772e9ac055f380b5ccd8bdb4e5c6ec0dede71502959589cdd0e','20a819af17662460963ad48aac3d2c557fbf78ca26f7d044b7961d3a4bb6d830');
INSERT INTO "audit" VALUES(8,'2026-03-01T08:00:18.000000Z','ada','stage.end','second/0','{"message":"","result_hash":"8e5a1acdb75b5fbcf714bb9ece3e7eae86475af699308124e41a4fcb7fbd169b","status":"succeeded"}','20a819af17662460963ad48aac3d2c557fbf78ca26f7d044b7961d3a4bb6d830','0a6214a308c7e1a04f54a453961b57994807246e244984ef9e6ef8225614958a');
INSERT INTO "audit" VALUES(9,'2026-03-01T08:00:21.000000Z','ada','gate.record','second/train/limits','{"at":"2026-03-01T08:00:20.000000Z","details":"sha256:8cd664de3db2ebc3a68f6507c3d786addcdaffc9393fea9ce94364129ba27a98","kind":"model","name":"limits","passed":true,"pipeline":"flights","run_id":"second","stage":"train","window":"2013-01"}','0a6214a308c7e1a04f54a453961b57994807246e244984ef9e6ef8225614958a','bf7c9f722270df9b0728fdd76a81d3ae115e92598b748dafeca0ca774dd0c198');
INSERT INTO "audit" VALUES(10,'2026-03-01T08:00:23.000000Z','ada','stage.end','second/1','{"message":"","result_hash":"74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b","status":"failed"}','bf7c9f722270df9b0728fdd76a81d3ae115e92598b748dafeca0ca774dd0c198','dd82629309548d615655e7b66ff2c1a11111a63fc4d1de7a32eba74b2fa9ac3c');
INSERT INTO "audit" VALUES(11,'2026-03-01T08:00:25.000000Z','ada','model.add','flights/2','{"at":"2026-03-01T08:00:24.000000Z","digest":"digest-second","metadata":"sha256:6f6692cd74345183a064571e961b61464208b866b4c454ea4a237e9ca40a8c35","path":"v0002","pipeline":"flights","run_id":"second","version":2}','dd82629309548d615655e7b66ff2c1a11111a63fc4d1de7a32eba74b2fa9ac3c','b6a5965757ff9d826279c090d94e78289e1e383f2ee214a5d90d35b5101fd17f');
INSERT INTO "audit" VALUES(12,'2026-03-01T08:00:26.000000Z','ada','run.end','second','{"message":"train failed","status":"failed"}','b6a5965757ff9d826279c090d94e78289e1e383f2ee214a5d90d35b5101fd17f','38ffa3e86963874254a83caf637e76abe02f57fa8e514060809bd582cd5272c6');
INSERT INTO "audit" VALUES(13,'2026-03-01T08:00:29.000000Z','ada','alias.set','flights/champion','{"actor":"ada","alias":"champion","at":"2026-03-01T08:00:28.000000Z","evidence":"sha256:6f6692cd74345183a064571e961b61464208b866b4c454ea4a237e9ca40a8c35","evidence_hash":"6f6692cd74345183a064571e961b61464208b866b4c454ea4a237e9ca40a8c35","from_version":null,"pipeline":"flights","reason":"better","to_version":1}','38ffa3e86963874254a83caf637e76abe02f57fa8e514060809bd582cd5272c6','14a7cc3432ca885729d274915ec78c64fbb176a90fb675a2a8bc2c8d95eaf603');
INSERT INTO "audit" VALUES(14,'2026-03-01T08:00:31.000000Z','ada','decision.record','flights/2013-01','{"at":"2026-03-01T08:00:30.000000Z","pipeline":"flights","reasons":"sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945","retrain":true,"run_id":"first","score":1.5,"window":"2013-01"}','14a7cc3432ca885729d274915ec78c64fbb176a90fb675a2a8bc2c8d95eaf603','624371a8e8ffe09796dd6a20955b81da141bab3eafb18aca42c7ac9c7dc2a47a');
INSERT INTO "audit" VALUES(15,'2026-03-01T08:00:32.000000Z','ada','incident.open','flights/drift/temp','{"opened_details":{"psi":0.4},"opened_window":"2013-01"}','624371a8e8ffe09796dd6a20955b81da141bab3eafb18aca42c7ac9c7dc2a47a','9eebf944be9c3295490398fb280e982157387d752e2c7aa81fb371fc76d4e48b');
INSERT INTO "audit" VALUES(16,'2026-03-01T08:00:34.000000Z','ada','incident.close','flights/drift/temp','{"closed_details":{"psi":0.1},"closed_window":"2013-02"}','9eebf944be9c3295490398fb280e982157387d752e2c7aa81fb371fc76d4e48b','940bea95091a5efc4ca0e21081107881c7ac154d5cce2217fe82fb5139fb2dc3');
INSERT INTO "audit" VALUES(17,'2026-03-01T08:00:36.000000Z','ada','incident.open','flights/drift/temp','{"opened_details":{"psi":0.5},"opened_window":"2013-03"}','940bea95091a5efc4ca0e21081107881c7ac154d5cce2217fe82fb5139fb2dc3','327bcd20edac685f5e94d6c7ec47d232d60cc980b5c8a711113b6c315be82c07');
INSERT INTO "audit" VALUES(18,'2026-03-01T08:00:38.000000Z','ada','run.start','third','{"kind":"build","parameters":{},"pipeline":"flights","stages":1}','327bcd20edac685f5e94d6c7ec47d232d60cc980b5c8a711113b6c315be82c07','3754fbe3f787b2d80de9db7d3ae0a4573813ce13970773888ab10c8fbdcbc1dc');
CREATE TABLE decisions (
	event INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	pipeline TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	window TEXT NOT NULL, 
	retrain BOOLEAN NOT NULL, 
	score FLOAT NOT NULL, 
	reasons TEXT NOT NULL, 
	PRIMARY KEY (event), 
	UNIQUE (run_id, window)
);
INSERT INTO "decisions" VALUES(14,'2026-03-01T08:00:30.000000Z','flights','first','2013-01',1,1.5,'[]');
CREATE TABLE gates (
	event INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	pipeline TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	window TEXT NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	passed BOOLEAN NOT NULL, 
	details TEXT NOT NULL, 
	PRIMARY KEY (event)
);
INSERT INTO "gates" VALUES(3,'2026-03-01T08:00:06.000000Z','first','flights','train','2013-01','limits','model',1,'[{"n":1}]');
INSERT INTO "gates" VALUES(9,'2026-03-01T08:00:20.000000Z','second','flights','train','2013-01','limits','model',1,'[{"n":1}]');
CREATE TABLE incidents (
	incident INTEGER NOT NULL, 
	pipeline TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	opened_at TEXT NOT NULL, 
	opened_window TEXT NOT NULL, 
	opened_details TEXT NOT NULL, 
	closed_at TEXT, 
	closed_window TEXT, 
	closed_details TEXT, 
	PRIMARY KEY (incident)
);
INSERT INTO "incidents" VALUES(1,'flights','drift','temp','2026-03-01T08:00:33.000000Z','2013-01','{"psi":0.4}','2026-03-01T08:00:35.000000Z','2013-02','{"psi":0.1}');
INSERT INTO "incidents" VALUES(2,'flights','drift','temp','2026-03-01T08:00:37.000000Z','2013-03','{"psi":0.5}',NULL,NULL,NULL);
CREATE TABLE ledger_state (
	id INTEGER NOT NULL, 
	schema INTEGER NOT NULL, 
	events INTEGER NOT NULL, 
	head TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "ledger_state" VALUES(1,1,18,'3754fbe3f787b2d80de9db7d3ae0a4573813ce13970773888ab10c8fbdcbc1dc');
CREATE TABLE models (
	event INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	pipeline TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	run_id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	path TEXT NOT NULL, 
	metadata TEXT NOT NULL, 
	PRIMARY KEY (event), 
	UNIQUE (pipeline, version)
);
INSERT INTO "models" VALUES(5,'2026-03-01T08:00:10.000000Z','flights',1,'first','digest-first','v0001','{"auc":0.7}');
INSERT INTO "models" VALUES(11,'2026-03-01T08:00:24.000000Z','flights',2,'second','digest-second','v0002','{"auc":0.7}');
CREATE TABLE runs (
	run_id TEXT NOT NULL, 
	pipeline TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	parameters TEXT NOT NULL, 
	stages INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	message TEXT NOT NULL, 
	started_at TEXT NOT NULL, 
	ended_at TEXT, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	process_start TEXT NOT NULL, 
	PRIMARY KEY (run_id)
);
INSERT INTO "runs" VALUES('first','flights','build','{"fresh":true}',2,'succeeded','','2026-03-01T08:00:01.000000Z','2026-03-01T08:00:13.000000Z','factory-1',4711,'99');
INSERT INTO "runs" VALUES('second','flights','build','{"fresh":true}',2,'failed','train failed','2026-03-01T08:00:15.000000Z','2026-03-01T08:00:27.000000Z','factory-1',4711,'99');
INSERT INTO "runs" VALUES('third','flights','build','{}',1,'running','','2026-03-01T08:00:39.000000Z',NULL,'factory-1',4711,'99');
CREATE TABLE stage_runs (
	run_id TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	pipeline TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	window TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	status TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	notebook TEXT NOT NULL, 
	message TEXT NOT NULL, 
	started_at TEXT, 
	ended_at TEXT, 
	result TEXT, 
	PRIMARY KEY (run_id, position)
);
INSERT INTO "stage_runs" VALUES('first',0,'flights','ingest','2013-01','key','succeeded',1,'01.ipynb','','2026-03-01T08:00:02.000000Z','2026-03-01T08:00:03.000000Z','{"run":"first"}');
INSERT INTO "stage_runs" VALUES('first',1,'flights','train','2013-01','key2','succeeded',1,'02.ipynb','','2026-03-01T08:00:05.000000Z','2026-03-01T08:00:08.000000Z','null');
INSERT INTO "stage_runs" VALUES('second',0,'flights','ingest','2013-01','key','succeeded',1,'01.ipynb','','2026-03-01T08:00:16.000000Z','2026-03-01T08:00:17.000000Z','{"run":"second"}');
INSERT INTO "stage_runs" VALUES('second',1,'flights','train','2013-01','key2','failed',1,'02.ipynb','','2026-03-01T08:00:19.000000Z','2026-03-01T08:00:22.000000Z','null');
INSERT INTO "stage_runs" VALUES('third',0,'flights','ingest','2013-01','key3','running',1,'01.ipynb','','2026-03-01T08:00:40.000000Z',NULL,'null');
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'rows of audit are written once'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'rows of audit are written once'); END;
CREATE INDEX ix_runs_pipeline ON runs (pipeline);
CREATE INDEX stage_runs_by_key ON stage_runs (pipeline, stage, "key");
CREATE INDEX ix_gates_run_id ON gates (run_id);
CREATE INDEX ix_gates_pipeline ON gates (pipeline);
CREATE TRIGGER gates_no_update BEFORE UPDATE ON gates BEGIN SELECT RAISE(ABORT, 'rows of gates are written once'); END;
CREATE TRIGGER gates_no_delete BEFORE DELETE ON gates BEGIN SELECT RAISE(ABORT, 'rows of gates are written once'); END;
CREATE TRIGGER models_no_update BEFORE UPDATE ON models BEGIN SELECT RAISE(ABORT, 'rows of models are written once'); END;
CREATE TRIGGER models_no_delete BEFORE DELETE ON models BEGIN SELECT RAISE(ABORT, 'rows of models are written once'); END;
CREATE INDEX ix_alias_events_pipeline ON alias_events (pipeline);
CREATE TRIGGER alias_events_no_update BEFORE UPDATE ON alias_events BEGIN SELECT RAISE(ABORT, 'rows of alias_events are written once'); END;
CREATE TRIGGER alias_events_no_delete BEFORE DELETE ON alias_events BEGIN SELECT RAISE(ABORT, 'rows of alias_events are written once'); END;
CREATE INDEX ix_decisions_pipeline ON decisions (pipeline);
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'rows of decisions are written once'); END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'rows of decisions are written once'); END;
CREATE INDEX ix_incidents_pipeline ON incidents (pipeline);
COMMIT;
