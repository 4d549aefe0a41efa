"""The parser on sentences of strangers' trades in eleven languages: pattern, keywords in order, polarity, modal, subject, language.

The labels were written by a reader before the parser saw the sentences, by the definitions of pattern and keyword; `*` leaves a part open.
"""

from __future__ import annotations

import pytest

from setsquare.spec.ears import parse

# pattern | keywords | polarity | modal | subject | language | sentence
ENGLISH = r"""
complex|while,when|positive|shall|elevator controller|en|While the car is between floors, when the fire alarm is raised, the elevator controller shall bring the car to the nearest floor.
complex|where,when|positive|shall|Tax_Engine|en|WHERE reverse charge applies, WHEN an invoice is finalised, THE Tax_Engine SHALL print the legal notice.
complex|while,if|positive|shall|Crane Interlock|en|WHILE the boom is raised, IF wind speed exceeds 15 m/s, THEN THE Crane Interlock SHALL inhibit slewing.
complex|where,while,when|positive|shall|tractor display|en|Where a GPS receiver is fitted, while the tractor is in field mode, when the operator presses Mark, the tractor display shall record a waypoint.
complex|where,if|positive|shall|Mail_Gateway|en|WHERE DKIM signing is configured, IF the private key cannot be read, THEN THE Mail_Gateway SHALL queue the message and SHALL alert the operator.
complex|when,if|positive|shall|Importer|en|WHEN an import starts IF the header row is missing THEN the Importer SHALL abort with exit code 3
complex|while,when|negative|shall|Vending machine|en|While the coin hopper is empty, when a customer inserts a note, the Vending machine shall not dispense change.
complex|while,when|positive|shall|Kiosk|en|WHILE a session is active AND WHEN the visitor touches nothing for 90 seconds, THE Kiosk SHALL return to the attract screen.
complex|when,while|positive|shall|Router|en|WHEN a packet arrives WHILE the queue is saturated THE Router SHALL drop the packet with the lowest priority
complex|where,when|positive|must|app|en|Where push notifications are enabled, when a parcel is delivered, the app must notify the recipient.
complex|while,if|positive|shall|BMS|en|While charging, if any cell exceeds 4.25 V, then the BMS shall open the contactor within 10 ms.
complex|while,when|positive|should|scheduler|en|While maintenance mode is on, when a job becomes due, the scheduler should postpone the job.
complex|when,if|positive|shall|API|en|When a client calls `POST /orders`, if the body exceeds 1 MB, the API shall answer 413.
complex|where,while|positive|shall|greenhouse controller|en|Where CO2 dosing is installed, while the vents are closed, the greenhouse controller shall keep CO2 between 800 and 1000 ppm.
complex|if,when|positive|shall|Indexer|en|IF a document has no language tag, WHEN it is indexed, THEN THE Indexer SHALL guess the language.
complex|where,while,if|positive|shall|ventilator|en|Where a humidifier is attached, while the patient is intubated, if the water level is low, then the ventilator shall sound alarm H2.
complex|while,when,if|positive|shall|Replicator|en|WHILE replication is paused, WHEN the operator resumes it, IF the log was truncated, THEN THE Replicator SHALL start a full copy.
complex|while,when|positive|shall|Camera|en|During night mode, when motion is detected, the Camera shall switch on the infrared light.
complex|while,when|positive|shall|telescope mount|en|While tracking, upon loss of encoder pulses, the telescope mount shall stop both axes.
complex|where,when|positive|shall|PdfExporter|en|WHERE a watermark is set WHEN a page is rendered THE `PdfExporter` SHALL draw the watermark below the text
complex|while,when|positive|shall|lock|en|while the battery is critical, whenever the handle is turned, the lock shall open and shall log the event
complex|while,when|positive|shall|Dispatcher|en|**WHILE** a route is locked, **WHEN** a new stop is added, **THE** Dispatcher **SHALL** reject the stop
complex|when,where|positive|shall|Search|en|When the user types three letters, where typeahead is licensed, the Search shall list ten suggestions.
complex|where,when|negative|shall|Shop|en|WHERE the item is age-restricted, WHEN a guest checks out, THE Shop SHALL NOT accept the order.
complex|while,when|positive|will|Copter|en|While hovering, when the operator releases the sticks, the Copter will hold its position.
complex|while,if|positive|shall|Parser|en|WHILE in strict mode, IF a key is repeated, THE Parser SHALL report the line of both keys
complex|where,when|positive|shall|CLI|en|Where `--json` is given, when a command fails, the CLI shall print an error object
complex|while,when|positive|shall|train control unit|en|While the doors are open (all cars), when the driver moves the lever, the train control unit shall refuse traction.
complex|when,if|positive|shall|Booking Service|en|WHEN a guest cancels, IF the stay starts in less than 24 hours, THEN the Booking Service SHALL charge one night; otherwise the Booking Service SHALL refund the full amount.
complex|while,when|positive|shall|Editor|en|WHILE the caret is inside a table, WHEN Tab is pressed, THE Editor SHALL move to the next cell
complex|where,while,when|positive|shall|irrigation controller|en|WHERE a rain sensor is wired, WHILE a programme is running, WHEN rainfall exceeds 3 mm, THE irrigation controller SHALL pause the programme.
complex|while,when|positive|shall|HMI|en|While in manual mode, when the operator presses Start and the guard is closed, the HMI shall show "Running".
complex|if,where|positive|shall|Notifier|en|IF delivery fails twice WHERE SMS is configured THEN THE Notifier SHALL send an SMS
complex|where,if|positive|shall|smart meter|en|Where the tariff has peak hours, if the clock is unsynchronised, then the smart meter shall bill at the base rate.
complex|while,when|positive|shall|system|en|While the user is offline, when they tap Save, the system shall store the draft locally.
complex|where,when|positive|shall|Ledger|en|Where dual control is required and when a second approver signs, the Ledger shall release the payment.
complex|while,when|positive|can|player|en|While casting, when the screen locks, the player can continue playback.
complex|while,where|positive|shall|oven|en|While preheating, where a probe is inserted, the oven shall show the core temperature.
complex|when,while|positive|shall|Watchdog|en|When the heartbeat is missed three times, while the motor is energised, the Watchdog shall cut power within 50 ms.
complex|while,when|positive|shall|Sync Engine|en|WHILE two devices are paired WHEN either device edits a note THEN the Sync Engine SHALL merge the edits
complex|while,if,when|positive|shall|gateway|en|While a firmware update is in progress, if power is lost, then upon restart the gateway shall boot the previous image.
complex|where,when|positive|shall|LMS|en|WHERE the course has a deadline, WHEN a learner submits late, THE LMS SHALL mark the submission "late"
complex|while,when|negative|must|robot arm|en|While a person is inside the cell, when a move is commanded, the robot arm must not move.
complex|where,while|positive|shall|HVAC unit|en|Where the economizer option is installed, during mild weather, the HVAC unit shall use outside air.
complex|when,if|positive|shall|Auth API|en|When a refresh token is presented, if the token was already used, then the Auth API shall revoke the whole family.
complex|while,when|positive|shall|Cache|en|While the origin is unreachable, when a cached copy exists, the Cache shall serve it with a `Warning` header.
complex|where,when,if|positive|shall|Uploader|en|Where resumable uploads are on, when the connection drops, if less than 24 hours have passed, then the Uploader shall continue from the last byte.
complex|while,when|positive|shall|meter|en|while the meter is in test mode, once the calibration completes, the meter shall print a label
complex|where,while,when|negative|shall|Chat|en|WHERE a workspace has retention rules, WHILE a legal hold is active, WHEN a member deletes a message, THE Chat SHALL NOT erase the stored copy.
complex|while,when|positive|may|drone|en|While returning home, when an obstacle is detected, the drone may climb to 60 m.
event|when|positive|shall|Billing Worker|en|WHEN the month ends THEN the Billing Worker SHALL create one invoice per tenant
event|when|positive|shall|map|en|When the user pinches, the map shall zoom.
event|when|positive|shall|system|en|1. WHEN a file is dropped, THE system SHALL show a preview
event|when|positive|shall|system|en|- [ ] WHEN a file is dropped, THE system SHALL show a preview
event|when|positive|shall|Mailer|en|* **AC-2.3**: WHEN the queue drains, THE Mailer SHALL close its connection
event|when|positive|shall|Store|en|REQ-017: When stock reaches zero, the Store shall hide the Buy button.
event|when|positive|shall|Store|en|3) When stock reaches zero, the Store shall hide the Buy button.
event|when|positive|shall|Store|en|1.2. When stock reaches zero, the Store shall hide the Buy button.
event|when|positive|shall|Store|en|_When stock reaches zero, the Store shall hide the Buy button._
event|when|positive|shall|Store|en|**When stock reaches zero, the Store shall hide the Buy button.**
event|when|positive|shall|Store|en|(P1) When stock reaches zero, the Store shall hide the Buy button.
event|when|positive|shall|Store|en|+ FR-3. When stock reaches zero, the Store shall hide the Buy button.
event|when|positive|shall|Store|en|> When stock reaches zero, the Store shall hide the Buy button.
event|when|positive|shall|Store|en|• When stock reaches zero, the Store shall hide the Buy button.
event|when|positive|shall|Store|en|[R-4] When stock reaches zero, the Store shall hide the Buy button.
event|when|positive|shall|Store|en|`AC-9` When stock reaches zero, the Store shall hide the Buy button.
event|when|positive|shall|log shipper|en|Whenever a log file rotates, the log shipper shall reopen it.
event|when|positive|shall|system|en|Upon receipt of a SIGTERM, the system shall finish open requests.
event|when|positive|shall|wizard|en|Once the last step is done, the wizard shall show a summary.
event|when|positive|shall|system|en|When a visitor clicks "If unsure, ask" the system shall open the help page
event|when|positive|shall|system|en|WHEN the flag `WHILE_IDLE` is set, THE system SHALL sleep
event|when|positive|shall|system|en|WHEN the job (IF any) ends, THE system SHALL free the slot
event|when|negative|shall|Audit Log|en|WHEN a record is deleted, THE Audit Log SHALL NOT delete its entries.
event|when|negative|shall|app|en|When the phone is locked, the app shall never show message contents.
event|when|positive|shall|team page|en|When A is chosen or B is chosen, the team page shall refresh.
event|when|positive|shall|Scheduler|en|WHEN the timer fires AND WHEN the queue holds work, THE Scheduler SHALL start a worker
event|when|positive|must|service|en|When the quota is used up, the service MUST answer 429.
event|when|positive|should|page|en|When the form is dirty, the page should ask before leaving.
event|when|positive|will|bot|en|When a pull request opens, the bot will post a summary.
event|when|positive|can|reader|en|When the article is long, the reader can collapse sections.
event|when|positive|shall|system|en|The system shall send a receipt when the payment clears.
event|when|positive|shall|cart|en|WHEN the shopper removes the last item, the cart SHALL become empty and the badge SHALL disappear
event|when|positive|shall|*|en|When the user is a guest, they shall sign in — no: the system shall ask for an email.
unwanted|if|positive|shall|Decoder|en|IF a frame is corrupt, THEN THE Decoder SHALL skip to the next key frame
unwanted|if|positive|shall|server|en|If the certificate expires in 7 days the server shall mail the owner.
unwanted|if|negative|shall|ATM|en|If the PIN is wrong three times, then the ATM shall not return the card.
unwanted|if|positive|shall|Form|en|IF the e-mail address has no "@" THEN the Form SHALL show "Please check the address"
unwanted|if|positive|shall|printer|en|If the tray is empty and no other tray holds A4, then the printer shall show code 41.
unwanted|if|positive|shall|system|en|The system shall roll back the transaction if any statement fails.
unwanted|if|positive|may|system|en|If the disk is nearly full, the system may delete temporary files.
unwanted|if|positive|shall|Planner|en|  4. IF no route exists, THEN THE Planner SHALL say so
state|while|positive|shall|fridge|en|While the door is open, the fridge shall keep the light on.
state|while|positive|shall|Player|en|WHILE a video is buffering THE Player SHALL show a spinner
state|while|negative|shall|pump|en|While the tank is empty, the pump shall not run.
state|while|positive|shall|cockpit display|en|During take-off the cockpit display shall suppress cabin messages.
state|while|positive|shall|system|en|The system shall keep the siren on while the button is held.
state|while|positive|must|Proxy|en|WHILE draining, THE Proxy MUST refuse new connections.
optional|where|positive|shall|car|en|Where a tow bar is fitted, the car shall offer trailer mode.
optional|where|positive|shall|Dashboard|en|WHERE the tenant has bought analytics THE Dashboard SHALL show the Trends tab
optional|where|negative|shall|camera|en|Where the privacy shutter is present, the camera shall not record audio.
optional|where|positive|shall|Exporter|en|Where a `locale` option is given, the Exporter shall format dates in that locale; otherwise the Exporter shall use ISO 8601.
ubiquitous||positive|shall|Vault|en|THE Vault SHALL encrypt every secret with AES-256-GCM.
ubiquitous||positive|shall|system|en|The system shall store at most 10,000 rows per table.
ubiquitous||negative|shall|CLI|en|The CLI shall not write outside the project folder.
ubiquitous||positive|shall|passwords|en|All passwords shall be hashed with Argon2id.
ubiquitous||positive|shall|report|en|Each report shall name its author and date.
ubiquitous||negative|shall|user|en|No user shall read another tenant's data.
ubiquitous||positive|shall|system|en|The system SHALL CONTINUE TO accept version 1 tokens.
ubiquitous||positive|shall|indexer|en|The indexer shall run only when the CPU is idle.
ubiquitous||positive|must|configuration file|en|The configuration file must be valid TOML.
ubiquitous||positive|shall|[Report Builder]|en|The [Report Builder] shall produce PDF and CSV.
ubiquitous||positive|shall|"Save" button|en|The "Save" button shall be disabled until the form is valid.
property||*|shall|*|en|For any list of numbers, sorting it twice shall equal sorting it once.
property||*|shall|*|en|*For all* valid tokens t, `decode(encode(t))` SHALL equal t.
property||*|shall|*|en|FOR EVERY order, THE Ledger SHALL hold debits equal to credits
none||*|-|*|en|The login page is fast and pretty.
none||*|-|*|en|As a reader, I want to bookmark a page, so that I find it again.
none||*|-|*|en|WHEN the user logs in THEN the page shows an error
none||*|-|*|en|## Requirements
none||*|-|*|en|---
complex|while,if|positive|shall|robot|en|While docking and if the beacon is lost, the robot shall retreat 2 m.
complex|while,when|negative|shall|Turbine Controller|en|WHILE in overspeed WHEN a start is requested THE Turbine Controller SHALL NOT start the turbine
event|when|positive|shall|Ticket Service|en|As soon as a ticket is sold, when the gate is online, the Ticket Service shall push the barcode.
complex|where,when|positive|shall|e-bike display|en|In case the bike is locked: Where GPS is fitted, when it moves, the e-bike display shall alarm.
event|when|positive|shall|Chat server|en|When a message arrives that mentions "@all", the Chat server shall notify every member.
event|when|positive|shall|Parser|en|WHEN `if (x) { while(true) }` is parsed, THE Parser SHALL report line 1
unwanted|if|positive|shall|Store|en|IF (and only if) stock is zero, THEN THE Store SHALL hide the button
event|when|positive|shall|API|en|When the client sends a request without a token, the API shall answer 401 and shall not log the body.
ubiquitous||positive|shall|Recorder|en|The Recorder, which runs as root, shall drop its privileges at start.
ubiquitous||positive|shall|Recorder|en|Unless disabled, the Recorder shall compress logs.
ubiquitous||positive|shall|Recorder|en|To save space, the Recorder shall compress logs.
ubiquitous||positive|shall|*|en|Every night at 02:00 the clock shall synchronise.
event|when|positive|shall|clock|en|After power-up, when GPS time is known, the clock shall synchronise.
state|while|positive|shall|clock|en|While in holdover (GPS lost for more than 10 s), the clock shall show "H".
ubiquitous||negative|shall|*|en|In no event shall the Uploader overwrite a file.
ubiquitous||negative|shall|*|en|Neither the host nor the plugin shall store secrets.
event|when|positive|shall|Desk|en|When a guest arrives, then the Desk shall: (a) print a badge; (b) call the host.
event|when|positive|shall|*|en|WHEN a guest arrives, the following SHALL happen: the Desk prints a badge
unwanted|if|positive|shall|Desk|en|IF a guest has no badge THEN THE Desk SHALL print one ELSE THE Desk SHALL open the gate
event|when|positive|shall|Desk|en|When a guest arrives (see REQ-3), the Desk shall print a badge [1].
optional|where|positive|shall|Desk|en|Where configured, the Desk shall print a badge.
event|when|positive|shall|Desk|en|WHEN the guest presses "OK" or the timer ends, THE Desk SHALL close the dialog
complex|while,when|positive|shall|Desk|en|WHILE the desk is staffed, and WHEN the bell rings, THE Desk SHALL light the lamp
event|when|positive|shall|Desk|en|Given a registered guest, when the guest arrives, then the Desk shall print a badge.
event|when|positive|shall|Desk|en|GIVEN a registered guest WHEN the guest arrives THEN the Desk SHALL print a badge
state|while|positive|shall|Desk|en|While and only while the desk is staffed, the Desk shall light the lamp.
event|when|positive|shall|<system>|en|When <trigger>, the <system> shall <response>
event|when|positive|shall|desk|en|when the bell rings the desk shall light the lamp
event|when|positive|shall|DESK|en|WHEN THE BELL RINGS, THE DESK SHALL LIGHT THE LAMP
unwanted|if|positive|shall|UI|en|If the load fails → the UI shall show Retry
ubiquitous||positive|shall|lamp|en|The lamp shall be lit when and only when the bell rings.
event|when|positive|shall|System|en|WHEN the user logs in for the first time, THE System SHALL show the tour if the tour flag is set
event|when|positive|shall|dashboard|en|When the operator switches the view from day to night, the dashboard shall dim to 40 %.
"""

OTHERS = r"""
event|when|positive|shall|系统|zh|WHEN 用户点击导出按钮 THEN 系统 SHALL 生成 CSV 文件
event|when|positive|shall|*|zh|1. WHEN 会员积分到期，THE 积分服务 SHALL 在 24 小时内清零积分
unwanted|if|positive|shall|系统|zh|IF 网络中断 THEN 系统 SHALL 显示离线提示
state|while|positive|shall|*|zh|WHILE 直播进行中 THE 播放器 SHALL 每 5 秒刷新观众人数
optional|where|positive|shall|*|zh|WHERE 租户启用了双因素认证，THE 登录服务 SHALL 要求输入验证码
event|when|positive|localised|系统|zh|当用户提交订单时，系统应当在 2 秒内返回订单号。
unwanted|if|positive|localised|系统|zh|如果支付失败，系统必须回滚库存。
ubiquitous||negative|localised|系统|zh|系统不得以明文保存密码。
ubiquitous||positive|localised|*|zh|所有接口必须使用 HTTPS。
event|when|negative|shall|系统|zh|WHEN 账号被冻结 THEN 系统 SHALL NOT 允许登录
complex|while,when|positive|shall|*|zh|WHILE 设备离线，WHEN 用户修改设置，THE 客户端 SHALL 缓存修改
state|while|positive|localised|*|zh|在数据同步期间，应用应禁用编辑按钮。
event|when|positive|shall|系統|zh|WHEN 使用者按下送出 THEN 系統 SHALL 驗證表單
event|when|positive|localised|系統|zh|當使用者上傳照片時，系統應壓縮圖片。
unwanted|if|positive|localised|系統|zh|若驗證碼錯誤，系統必須顯示錯誤訊息。
ubiquitous||positive|localised|系統|zh|系統必須支援繁體中文。
ubiquitous||negative|localised|系統|zh|系統不得記錄信用卡號碼。
optional|where|positive|shall|*|zh|WHERE 啟用離線模式，THE 應用程式 SHALL 快取最近的 50 筆資料
event|when|positive|localised|システム|ja|ユーザーがログインした時、システムはトークンを発行すること。
event|when|positive|localised|*|ja|ファイルがアップロードされたとき、システムはウイルススキャンを実行しなければならない。
event|when|positive|shall|*|ja|WHEN 予約が確定したら THEN 予約サービスは確認メールを送信する SHALL
unwanted|if|positive|localised|システム|ja|在庫が不足している場合、システムはエラーを表示しなければならない。
state|while|positive|localised|*|ja|同期中は、アプリは編集ボタンを無効にしなければならない。
ubiquitous||negative|localised|システム|ja|システムはパスワードを平文で保存してはならない。
ubiquitous||positive|localised|API|ja|APIはJSON形式で応答すること。
unwanted|if|positive|localised|*|ja|IF 通信が切断された THEN クライアントは3回まで再試行しなければならない
state|while|positive|shall|*|ja|WHILE 録画中である THE カメラ SHALL 赤いランプを点灯する
optional|where|positive|localised|*|ja|WHERE 二要素認証が有効な場合、ログイン画面はコード入力欄を表示すること
event|when|positive|shall|*|ja|When 注文がキャンセルされた, the 注文サービス shall 在庫を戻す
complex|while,when|positive|shall|*|ja|WHILE オフラインである, WHEN ユーザーが保存を押す, THE アプリ SHALL 下書きを端末に保存する
event|when|positive|localised|*|ko|사용자가 로그인하면 시스템은 토큰을 발급해야 한다.
event|when|positive|shall|*|ko|WHEN 사용자가 결제를 완료하면 THEN 시스템은 SHALL 영수증을 발송한다
unwanted|if|positive|localised|*|ko|IF 네트워크가 끊어지면 THEN 시스템은 오프라인 안내를 표시해야 한다
ubiquitous||positive|localised|*|ko|시스템은 모든 요청을 기록해야 한다.
ubiquitous||negative|localised|*|ko|시스템은 비밀번호를 평문으로 저장해서는 안 된다.
state|while|positive|localised|*|ko|동기화가 진행되는 동안 앱은 편집 버튼을 비활성화해야 한다.
unwanted|if|positive|localised|*|ko|만약 재고가 부족하면, 시스템은 오류를 표시해야 한다.
event|when|positive|localised|*|ko|사용자가 파일을 업로드할 때, 시스템은 크기를 확인해야 합니다.
event|when|positive|localised|Système|fr|QUAND l'utilisateur valide le panier, LE Système DOIT envoyer un courriel de confirmation
unwanted|if|positive|localised|système|fr|Si le paiement échoue, alors le système doit annuler la commande.
state|while|positive|localised|application|fr|Tant que la synchronisation est en cours, l'application doit désactiver le bouton.
ubiquitous||negative|localised|système|fr|Le système ne doit pas conserver les mots de passe en clair.
event|when|positive|localised|système|fr|Lorsque l'utilisateur se déconnecte, le système doit effacer la session.
ubiquitous||positive|localised|données|fr|Les données doivent être chiffrées.
event|when|positive|shall|*|fr|WHEN un client ajoute un article THEN le panier SHALL afficher le total
optional|where|positive|shall|*|fr|WHERE le mode hors ligne est activé, THE Application SHALL conserver 50 éléments
event|when|positive|localised|sistema|es|Cuando el usuario cierra la sesión, el sistema debe borrar el token.
unwanted|if|positive|localised|sistema|es|SI el pago falla, ENTONCES el sistema DEBE mostrar un mensaje de error
state|while|positive|localised|aplicación|es|Mientras dure la sincronización, la aplicación deberá bloquear la edición.
ubiquitous||negative|localised|sistema|es|El sistema no debe guardar contraseñas en texto plano.
event|when|positive|shall|*|es|WHEN el usuario sube un archivo, THE Gestor_Archivos SHALL comprobar el tamaño
ubiquitous||positive|localised|formularios|es|Los formularios deben validar el correo electrónico.
unwanted|if|positive|shall|*|es|IF la conexión se pierde THEN el sistema SHALL reintentar 3 veces
event|when|positive|localised|sistema|pt|Quando o utilizador grava o rascunho, o sistema deve guardar a data.
unwanted|if|positive|localised|sistema|pt|Se o pagamento falhar, então o sistema deve cancelar o pedido.
state|while|positive|localised|aplicativo|pt|Enquanto o download estiver ativo, o aplicativo deve mostrar o progresso.
ubiquitous||negative|localised|sistema|pt|O sistema não deve armazenar senhas em texto puro.
event|when|positive|shall|sistema|pt|QUANDO o usuário clica em salvar ENTÃO o sistema SHALL persistir o registro
ubiquitous||positive|localised|senhas|pt|As senhas devem ter no mínimo 12 caracteres.
event|when|positive|shall|*|pt|WHEN o cliente finaliza a compra THEN o sistema SHALL enviar um recibo
event|when|positive|localised|система|ru|Когда пользователь входит в систему, система должна выдать токен.
unwanted|if|positive|localised|система|ru|Если платёж отклонён, то система должна отменить заказ.
state|while|positive|localised|приложение|ru|Пока идёт синхронизация, приложение должно блокировать редактирование.
ubiquitous||negative|localised|Система|ru|Система не должна хранить пароли в открытом виде.
ubiquitous||positive|localised|Отчёты|ru|Отчёты должны содержать дату и автора.
event|when|positive|shall|*|ru|WHEN пользователь нажимает «Сохранить» THEN система SHALL сохранить черновик
unwanted|if|positive|shall|*|ru|ЕСЛИ файл повреждён, ТО система SHALL показать ошибку
event|when|positive|localised|*|ru|При получении сигнала система должна завершить работу.
event|when|positive|localised|System|de|Wenn der Benutzer sich anmeldet, muss das System ein Token ausstellen.
unwanted|if|positive|localised|System|de|Falls die Zahlung fehlschlägt, muss das System die Bestellung stornieren.
state|while|positive|localised|Anwendung|de|Während die Synchronisation läuft, muss die Anwendung die Bearbeitung sperren.
ubiquitous||negative|localised|System|de|Das System darf Passwörter nicht im Klartext speichern.
ubiquitous||positive|localised|Berichte|de|Die Berichte müssen ein Datum enthalten.
event|when|positive|shall|*|de|WHEN der Kunde bezahlt THEN das System SHALL eine Quittung senden
event|when|positive|localised|sistem|id|Ketika pengguna masuk, sistem harus membuat token.
unwanted|if|positive|localised|sistem|id|Jika pembayaran gagal, maka sistem harus membatalkan pesanan.
ubiquitous||negative|localised|Sistem|id|Sistem tidak boleh menyimpan kata sandi dalam teks biasa.
event|when|positive|localised|hệ thống|vi|Khi người dùng đăng nhập, hệ thống phải tạo mã thông báo.
unwanted|if|positive|localised|hệ thống|vi|Nếu thanh toán thất bại, thì hệ thống phải hủy đơn hàng.
ubiquitous||negative|localised|Hệ thống|vi|Hệ thống không được lưu mật khẩu dạng văn bản thuần.
complex|where,when|positive|localised|*|zh|WHERE 已启用夜间模式，WHEN 时间到达22:00，THE 应用 应当切换主题
complex|while,if|positive|shall|*|zh|WHILE 播放中，IF 网络中断，THEN THE 播放器 SHALL 暂停播放
event|when|negative|localised|*|zh|当用户未登录时，系统不得显示订单。
event|when|positive|localised|*|zh|用户点击“保存”后，系统应显示成功提示。
event|when|positive|localised|*|zh|每当传感器上报数据时，网关必须在1秒内转发。
unwanted|if|positive|localised|*|zh|若上传文件超过10MB，则系统应拒绝上传。
unwanted|if|negative|localised|*|zh|如果验证码错误，系统不应登录用户。
ubiquitous||positive|localised|*|zh|导出功能应支持 CSV 和 JSON 格式。
event|when|positive|shall|*|zh|- **AC1**：WHEN 管理员禁用账号，THEN 系统 SHALL 终止其会话
event|when|positive|localised|*|zh|（1）当订单取消时，系统应退款。
none||*|-|*|zh|登录页面很快。
none||*|-|*|zh|作为用户，我想登录，以便查看订单。
unwanted|if|negative|localised|*|ja|もし権限がない場合、システムはデータを表示してはならない。
event|when|positive|localised|*|ja|注文が確定したら、システムは在庫を減らさなければならない。
event|when|positive|localised|*|ja|ユーザーが検索すると、システムは1秒以内に結果を返すものとする。
ubiquitous||positive|localised|*|ja|本システムは、すべてのログを90日間保存する必要がある。
state|while|positive|localised|*|ja|バッテリー残量が10%未満の間、端末は画面を暗くすること。
none||*|-|*|ja|ログイン画面は速い。
complex|while,when|positive|shall|*|ko|WHILE 오프라인 상태일 때, WHEN 사용자가 저장하면, THE 앱 SHALL 초안을 저장한다
event|when|positive|localised|*|ko|사용자가 로그아웃하면 시스템은 세션을 삭제하여야 한다.
unwanted|if|negative|localised|*|ko|권한이 없는 경우, 시스템은 데이터를 표시하지 않아야 한다.
optional|where|positive|shall|*|ko|WHERE 다크 모드가 지원되는 경우, 앱은 SHALL 어두운 테마를 제공한다
complex|while,when|positive|localised|*|fr|Tant que le train roule, lorsque le conducteur freine, le système doit couper la traction.
optional|where|positive|localised|*|fr|OÙ le mode sombre est activé, le Système DOIT utiliser le thème sombre
unwanted|if|negative|localised|*|fr|S'il n'y a pas de réseau, l'application ne doit pas envoyer de requête.
complex|while,if|positive|localised|*|es|Mientras el motor esté en marcha, si la temperatura supera 90 °C, entonces el controlador debe detener el motor.
optional|where|positive|localised|*|es|DONDE exista modo oscuro, LA Aplicación DEBE usar el tema oscuro
event|when|negative|localised|*|es|Cuando el usuario no ha iniciado sesión, el sistema no debe mostrar pedidos.
complex|while,when|positive|localised|*|pt|Enquanto o app estiver offline, quando o usuário salvar, o sistema deve guardar o rascunho.
optional|where|positive|localised|*|pt|ONDE houver modo escuro, O Aplicativo DEVE usar o tema escuro
event|when|negative|localised|*|pt|Quando o estoque for zero, o sistema não deve aceitar pedidos.
complex|while,if|positive|localised|*|ru|Пока двигатель работает, если температура превышает 90 °C, контроллер должен остановить двигатель.
event|when|negative|localised|*|ru|Когда пользователь не авторизован, система не должна показывать заказы.
complex|while,when|positive|localised|*|de|Während der Motor läuft, wenn der Fahrer bremst, muss das Steuergerät die Zündung drosseln.
event|when|negative|localised|*|de|Sobald der Benutzer abgemeldet ist, darf das System keine Bestellungen anzeigen.
event|when|positive|localised|*|de|WENN der Kunde zahlt, DANN SOLL das System eine Quittung senden
complex|while,when|positive|localised|*|id|Selama aplikasi luring, ketika pengguna menyimpan, sistem harus menyimpan draf.
complex|while,if|positive|localised|*|vi|Trong khi đang đồng bộ, nếu mất mạng, hệ thống phải tạm dừng.
"""

UNREAD = r"""
Quando l'utente accede, il sistema deve creare un token.
Il sistema non deve salvare le password in chiaro.
Gdy użytkownik się zaloguje, system musi utworzyć token.
System nie może przechowywać haseł jawnym tekstem.
عندما يسجل المستخدم الدخول، يجب على النظام إنشاء رمز.
لا يجوز للنظام تخزين كلمات المرور كنص عادي.
जब उपयोगकर्ता लॉग इन करता है, तो सिस्टम को टोकन बनाना चाहिए।
सिस्टम को पासवर्ड सादे पाठ में संग्रहीत नहीं करना चाहिए।
Het systeem moet de uitleen vastleggen wanneer een lid een boek scant.
Systém musí uložit záznam a nesmí smazat data.
Systemet ska visa ett felmeddelande när användaren inte är inloggad.
"""

LABELS = r"""
FR-3. When
FR-3 When
`AC-9`: When
<b>AC-9</b>: When
AC9: When
**FR-3.** When
1.1.1 When
a) When
(a) When
i. When
§3.2 When
AC #3: When
Criterion 3: When
✅ When
- [x] ✅ **AC1** - When
Scenario 1: When
(1) When
① When
1、When
AC 1.2 — When
[AC-1.2]: When
**[P1]** When
REQ_017: When
SYS-REQ-017 When
R1.2: When
「AC-1」When
<!-- ac:7f3a --> When
1\. When
– When
— When
***When***
__When__
~~1.~~ When
**1.** When
1. 1.1 When
Login: When
**Login failure:** When
Login failure - When
"""


def lines(block: str) -> list[str]:
    return [line for line in block.split("\n") if line]


@pytest.mark.parametrize("line", lines(ENGLISH) + lines(OTHERS))
def test_a_sentence_is_read_as_a_reader_labelled_it(line: str) -> None:
    pattern, keywords, polarity, modal, subject, language, text = line.split("|", 6)
    found = parse(text)
    assert (found.pattern.value, found.language) == (pattern, language)
    if pattern not in ("property", "none"):
        assert ",".join(clause.kind.value for clause in found.clauses) in (keywords, _repeated(keywords, text))
    if polarity != "*":
        assert found.is_negative == (polarity == "negative")
    assert found.modal_kind == ("" if modal == "-" else modal)
    if subject != "*" and pattern not in ("property", "none"):
        assert found.subject == subject


def _repeated(keywords: str, text: str) -> str:
    """Two triggers of one kind are two clauses and one pattern."""
    return f"{keywords},{keywords}" if text.upper().count("WHEN ") > 1 else keywords


@pytest.mark.parametrize("line", lines(UNREAD))
def test_a_sentence_of_a_language_without_a_pack_is_not_judged_as_english(line: str) -> None:
    found = parse(line)
    assert found.language == "other"
    assert found.pattern.value == "none"


@pytest.mark.parametrize("label", lines(LABELS))
def test_what_stands_before_a_sentence_is_parsed_off(label: str) -> None:
    found = parse(f"{label} the bell rings, the Door shall open.")
    assert (found.pattern.value, found.subject) == ("event", "Door")
