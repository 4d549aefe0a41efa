"""Ten criteria or more for each language pack, as authors of that language write them: pattern, modal, polarity, subject."""

from __future__ import annotations

import pytest

from setsquare.spec.ears import parse
from setsquare.spec.ears_pack import PACKS

# (pattern, modal kind, is negative, subject or None where it is not looked at, text)
Row = tuple[str, str, bool, str | None, str]

CRITERIA: dict[str, tuple[Row, ...]] = {
    "fr": (
        ("event", "localised", False, "système", "QUAND l'utilisateur valide le panier, ALORS le système DOIT créer une commande."),
        (
            "event",
            "localised",
            False,
            "serveur",
            "Lorsqu'un fichier est téléversé, le serveur doit calculer son empreinte en moins de 2 secondes.",
        ),
        ("event", "shall", False, "Application", "WHEN l'utilisateur ouvre la page THEN THE Application SHALL afficher le tableau de bord"),
        ("unwanted", "localised", False, "système", "Si le paiement échoue, alors le système doit afficher un message d'erreur."),
        ("unwanted", "localised", True, "serveur", "S'il manque un champ obligatoire, le serveur ne doit pas enregistrer le formulaire."),
        ("state", "localised", False, "lecteur", "TANT QUE la vidéo est en cours de lecture, le lecteur DOIT masquer les commandes."),
        ("state", "localised", False, "client", "Pendant que la synchronisation est active, le client doit afficher une icône animée."),
        (
            "optional",
            "localised",
            False,
            "application",
            "Là où le mode hors ligne est installé, l'application doit conserver les données localement.",
        ),
        (
            "complex",
            "localised",
            False,
            "service",
            "Tant que la session est ouverte, si le jeton expire, alors le service doit le renouveler.",
        ),
        ("ubiquitous", "localised", False, "mots de passe", "Les mots de passe doivent être chiffrés avec Argon2."),
        ("ubiquitous", "localised", True, "journal", "Le journal ne doit jamais contenir de données personnelles."),
        ("property", "localised", False, None, "Pour toute liste d'entiers, le tri doit être idempotent."),
    ),
    "es": (
        ("event", "localised", False, "sistema", "CUANDO el usuario confirma el pedido, ENTONCES el sistema DEBE enviar un correo."),
        ("event", "localised", False, "sistema", "Al iniciar sesión, el sistema debe registrar la hora de acceso."),
        ("event", "localised", False, "servidor", "Una vez que el archivo se haya subido, el servidor deberá devolver su identificador."),
        ("event", "shall", False, "Sistema", "WHEN el usuario pulsa Guardar, THE Sistema SHALL guardar los cambios"),
        (
            "unwanted",
            "localised",
            False,
            "sistema",
            "Si la contraseña es incorrecta, entonces el sistema debe mostrar un mensaje de error.",
        ),
        ("unwanted", "localised", True, "cajero", "SI el saldo es insuficiente, el cajero NO DEBE entregar efectivo."),
        (
            "state",
            "localised",
            False,
            "aplicación",
            "Mientras la descarga está en curso, la aplicación debe mostrar una barra de progreso.",
        ),
        ("optional", "localised", False, "panel", "Donde el plan premium esté activo, el panel debe incluir gráficos."),
        ("complex", "localised", False, "motor", "Mientras el vehículo está parado, cuando se pulsa el botón, el motor debe arrancar."),
        ("ubiquitous", "localised", False, "sistema", "El sistema deberá cifrar todos los datos en reposo."),
        ("ubiquitous", "localised", True, "API", "La API no debe exponer claves internas."),
        ("property", "localised", False, None, "Para todo pedido, el total debe ser la suma de sus líneas."),
    ),
    "pt": (
        ("event", "localised", False, "sistema", "QUANDO o usuário clicar em Salvar, ENTÃO o sistema DEVE gravar os dados."),
        ("event", "localised", False, "aplicação", "Ao receber uma notificação, a aplicação deve atualizar o contador."),
        ("event", "localised", False, "servidor", "Assim que o pagamento for confirmado, o servidor deverá emitir a nota fiscal."),
        ("event", "shall", False, "Sistema", "WHEN o usuário envia o formulário THEN THE Sistema SHALL validar os campos"),
        ("unwanted", "localised", False, "sistema", "Se o token estiver expirado, o sistema deve solicitar um novo login."),
        ("unwanted", "localised", True, "sistema", "Caso o saldo seja insuficiente, o sistema não deve concluir a transferência."),
        ("state", "localised", False, "aplicativo", "ENQUANTO o dispositivo estiver offline, o aplicativo DEVE guardar as alterações."),
        ("optional", "localised", False, "relatório", "Onde o módulo fiscal estiver instalado, o relatório deve mostrar os impostos."),
        ("complex", "localised", False, "cliente", "Enquanto a sessão estiver ativa, quando o token expirar, o cliente deve renová-lo."),
        ("ubiquitous", "localised", False, "sistema", "O sistema deve responder em até 2 segundos."),
        ("ubiquitous", "localised", True, "senhas", "As senhas não devem ser registradas em texto puro."),
        ("property", "localised", False, None, "Para qualquer lista, a ordenação deve preservar os elementos."),
    ),
    "de": (
        ("event", "localised", False, "System", "Wenn der Benutzer auf Speichern klickt, muss das System die Daten sichern."),
        ("event", "localised", False, "Server", "SOBALD eine Datei hochgeladen wurde, DANN MUSS der Server ihre Prüfsumme berechnen."),
        ("event", "shall", False, "Anwendung", "WHEN der Benutzer die Seite öffnet THEN THE Anwendung SHALL die Liste anzeigen"),
        ("event", "localised", False, "Steuerung", "Bei Eingang eines Notsignals muss die Steuerung alle Motoren anhalten."),
        ("unwanted", "localised", False, "System", "Falls die Zahlung fehlschlägt, soll das System eine Fehlermeldung anzeigen."),
        ("unwanted", "localised", True, "Geldautomat", "FALLS das Guthaben nicht ausreicht, DARF der Geldautomat kein Bargeld ausgeben."),
        ("state", "localised", False, "Player", "Während die Wiedergabe läuft, muss der Player die Bedienelemente ausblenden."),
        ("state", "localised", False, "Gerät", "Solange das Gerät geladen wird, muss das Gerät die LED blinken lassen."),
        ("optional", "localised", False, "Bericht", "Sofern das Steuermodul installiert ist, muss der Bericht die Steuern ausweisen."),
        (
            "complex",
            "localised",
            False,
            "Dienst",
            "Solange die Sitzung aktiv ist, falls das Token abläuft, muss der Dienst es innerhalb von 5 Sekunden erneuern.",
        ),
        ("ubiquitous", "localised", False, "System", "Das System muss alle Passwörter verschlüsseln."),
        ("ubiquitous", "localised", True, "Protokoll", "Das Protokoll darf keine personenbezogenen Daten enthalten."),
        ("property", "localised", False, None, "Für alle Eingaben muss die Funktion dasselbe Ergebnis liefern."),
    ),
    "ru": (
        ("event", "localised", False, "система", "КОГДА пользователь нажимает «Сохранить», ТО система ДОЛЖНА сохранить данные."),
        ("event", "localised", False, "сервер", "Как только файл загружен, сервер должен вычислить контрольную сумму."),
        ("event", "localised", False, "система", "При нажатии на кнопку «Отмена», система должна закрыть окно."),
        ("event", "shall", False, "Система", "WHEN пользователь открывает страницу, THE Система SHALL показать список"),
        ("unwanted", "localised", False, "система", "Если платёж отклонён, то система должна показать сообщение об ошибке."),
        ("unwanted", "localised", True, "банкомат", "ЕСЛИ средств недостаточно, ТО банкомат НЕ ДОЛЖЕН выдавать наличные."),
        ("state", "localised", False, "приложение", "Пока идёт загрузка, приложение должно показывать индикатор."),
        ("optional", "localised", False, "отчёт", "Там, где установлен модуль налогов, отчёт должен содержать налоги."),
        ("complex", "localised", False, "клиент", "Пока сессия активна, когда токен истекает, клиент должен обновить его."),
        ("ubiquitous", "localised", False, "Система", "Система должна шифровать пароли."),
        ("ubiquitous", "localised", True, "Журнал", "Журнал не должен содержать персональные данные."),
        ("property", "localised", False, None, "Для любого списка сортировка должна быть идемпотентной."),
    ),
    "uk": (
        ("event", "localised", False, "система", "КОЛИ користувач натискає кнопку, ТО система ПОВИННА зберегти дані."),
        ("event", "localised", False, "сервер", "Щойно файл завантажено, сервер повинен обчислити контрольну суму."),
        ("event", "shall", False, "Система", "WHEN користувач відкриває сторінку, THE Система SHALL показати перелік"),
        ("unwanted", "localised", False, "система", "Якщо платіж відхилено, то система повинна показати повідомлення."),
        ("unwanted", "localised", True, "система", "ЯКЩО коштів недостатньо, система НЕ ПОВИННА виконувати переказ."),
        ("state", "localised", False, "застосунок", "Поки триває завантаження, застосунок повинен показувати індикатор."),
        ("optional", "localised", False, "звіт", "Там, де встановлено модуль податків, звіт повинен містити податки."),
        ("complex", "localised", False, "клієнт", "Поки сесія активна, якщо токен недійсний, клієнт повинен його оновити."),
        ("ubiquitous", "localised", False, "Система", "Система повинна шифрувати паролі."),
        ("ubiquitous", "localised", True, "Журнал", "Журнал не повинен містити паролів, і це перевіряється щодня."),
    ),
    "id": (
        ("event", "localised", False, "sistem", "KETIKA pengguna menekan tombol Simpan, MAKA sistem HARUS menyimpan data."),
        ("event", "localised", False, "aplikasi", "Saat pengguna membuka halaman utama, aplikasi harus menampilkan daftar pesanan."),
        ("event", "shall", False, "Sistem", "WHEN pengguna mengirim formulir THEN THE Sistem SHALL memvalidasi semua isian"),
        ("unwanted", "localised", False, "sistem", "Jika pembayaran gagal, maka sistem harus menampilkan pesan kesalahan dalam 2 detik."),
        ("unwanted", "localised", True, "sistem", "APABILA saldo tidak cukup, sistem TIDAK BOLEH memproses transfer."),
        ("state", "localised", False, "pemutar", "Selama video sedang diputar, pemutar harus menyembunyikan kontrol."),
        ("optional", "localised", False, "laporan", "Di mana modul pajak terpasang, laporan harus memuat pajak."),
        ("complex", "localised", False, "klien", "Selama sesi aktif, jika token kedaluwarsa, klien harus memperbaruinya."),
        ("ubiquitous", "localised", False, "Sistem", "Sistem wajib mengenkripsi semua kata sandi pengguna."),
        ("ubiquitous", "localised", True, "Log", "Log tidak boleh memuat data pribadi dari pengguna."),
        ("property", "localised", False, None, "Untuk setiap masukan yang valid, fungsi harus mengembalikan hasil yang sama."),
    ),
    "vi": (
        ("event", "localised", False, "hệ thống", "KHI người dùng nhấn nút Lưu THÌ hệ thống PHẢI lưu dữ liệu."),
        ("event", "localised", False, "ứng dụng", "Mỗi khi có thông báo mới, ứng dụng phải cập nhật số đếm trong vòng 2 giây."),
        ("event", "shall", False, "Hệ thống", "WHEN người dùng mở trang chủ, THE Hệ thống SHALL hiển thị danh sách đơn hàng"),
        ("unwanted", "localised", False, "hệ thống", "Nếu thanh toán thất bại, thì hệ thống phải hiển thị thông báo lỗi."),
        ("unwanted", "localised", True, "hệ thống", "NẾU số dư không đủ, hệ thống KHÔNG ĐƯỢC thực hiện chuyển khoản."),
        ("state", "localised", False, "trình phát", "Trong khi video đang phát, trình phát phải ẩn các nút điều khiển."),
        ("optional", "localised", False, "báo cáo", "Ở nơi mô-đun thuế được cài đặt, báo cáo phải hiển thị thuế."),
        ("complex", "localised", False, "máy khách", "Trong khi phiên còn hiệu lực, nếu mã thông báo hết hạn, máy khách phải làm mới nó."),
        ("ubiquitous", "localised", False, "Hệ thống", "Hệ thống phải mã hóa mọi mật khẩu."),
        ("ubiquitous", "localised", True, "Nhật ký", "Nhật ký không được chứa dữ liệu cá nhân."),
        ("property", "localised", False, None, "Với mọi danh sách, phép sắp xếp phải có tính lũy đẳng."),
    ),
    "zh": (
        ("event", "localised", False, "系统", "当用户点击“保存”按钮时，系统应在2秒内保存数据。"),
        ("event", "localised", False, "服务器", "收到上传请求后，服务器必须校验文件大小。"),
        ("event", "shall", False, "系统", "WHEN 用户打开首页 THEN THE 系统 SHALL 显示订单列表"),
        ("event", "localised", False, "系統", "當使用者登入時，系統應建立新的工作階段。"),
        ("event", "localised", False, "应用", "在用户切换语言时，应用应立即刷新界面。"),
        ("unwanted", "localised", False, "系统", "如果支付失败，则系统应显示错误信息。"),
        ("unwanted", "localised", True, "系統", "若餘額不足，系統不得執行轉帳。"),
        ("unwanted", "localised", False, "网关", "若请求超时，那么网关应当重试3次。"),
        ("state", "localised", False, "播放器", "在视频播放期间，播放器应隐藏控制栏。"),
        ("state", "localised", False, "系統", "在同步進行期間，系統應顯示進度。"),
        ("optional", "localised", False, "报表", "在启用税务模块的情况下，报表应包含税额。"),
        ("complex", "shall", False, "客户端", "WHILE 会话有效，WHEN 令牌过期，THE 客户端 SHALL 刷新令牌"),
        ("ubiquitous", "localised", False, "系统", "系统必须加密所有密码。"),
        ("ubiquitous", "localised", True, "日志", "日志不得包含个人信息。"),
        ("property", "localised", False, None, "对于任意列表，排序结果必须保持幂等。"),
    ),
    "ja": (
        ("event", "localised", False, "システム", "ユーザーが保存ボタンを押したとき、システムはデータを保存しなければならない。"),
        ("event", "localised", False, "サーバー", "ファイルがアップロードされた際に、サーバーはチェックサムを計算すること。"),
        ("event", "shall", False, "システム", "WHEN ユーザーがページを開く THEN システムは一覧を表示する SHALL"),
        ("event", "localised", False, "アプリ", "通知を受信すると、アプリは未読数を更新するものとする。"),
        ("unwanted", "localised", False, "システム", "もし認証に失敗した場合は、システムはエラーを表示しなければならない。"),
        ("unwanted", "localised", False, "システム", "入力値が不正な場合、システムは400を返すこと。"),
        ("unwanted", "localised", True, "システム", "残高が不足している場合、システムは送金を実行してはならない。"),
        ("state", "localised", False, "プレーヤー", "動画の再生中は、プレーヤーは操作ボタンを非表示にすること。"),
        ("state", "localised", False, "端末", "充電している間は、端末はLEDを点滅させなければならない。"),
        ("optional", "localised", False, "レポート", "税務モジュールが有効な場合、レポートは税額を含まなければならない。"),
        (
            "complex",
            "localised",
            False,
            "クライアント",
            "WHILE セッションが有効である、WHEN トークンが失効した、THEN クライアントはトークンを更新しなければならない",
        ),
        ("ubiquitous", "localised", False, "システム", "システムはすべてのパスワードを暗号化する必要がある。"),
        ("ubiquitous", "localised", True, "ログ", "ログは個人情報を含まないこと。"),
        ("property", "localised", False, None, "任意のリストに対して、ソート結果は冪等でなければならない。"),
    ),
    "ko": (
        ("event", "localised", False, "시스템", "사용자가 저장 버튼을 누르면, 시스템은 데이터를 저장해야 한다."),
        ("event", "localised", False, "서버", "파일이 업로드될 때, 서버는 2초 이내에 체크섬을 계산해야 합니다."),
        ("event", "shall", False, "시스템", "WHEN 사용자가 페이지를 열면 THEN 시스템은 목록을 표시한다 SHALL"),
        ("unwanted", "localised", False, "시스템", "만약 결제에 실패하면 시스템은 오류 메시지를 표시해야 한다."),
        ("unwanted", "localised", True, "시스템", "만일 잔액이 부족한 경우, 시스템은 이체를 실행해서는 안 된다."),
        ("unwanted", "localised", False, "시스템", "토큰이 만료된 경우, 시스템은 다시 로그인을 요구해야 한다."),
        ("state", "localised", False, "플레이어", "동영상이 재생되는 동안, 플레이어는 제어 버튼을 숨겨야 한다."),
        ("optional", "localised", False, "보고서", "세무 모듈이 설치된 경우, 보고서는 세액을 포함해야 한다."),
        (
            "complex",
            "localised",
            False,
            "클라이언트",
            "WHILE 세션이 유효한 상태, IF 토큰이 만료되면, THEN 클라이언트는 토큰을 갱신해야 한다",
        ),
        ("ubiquitous", "localised", False, "시스템", "시스템은 모든 비밀번호를 암호화해야 합니다."),
        ("ubiquitous", "localised", True, "로그", "로그는 개인정보를 포함하지 않아야 한다."),
        ("property", "localised", False, None, "모든 목록에 대해, 정렬 결과는 멱등이어야 한다."),
    ),
}

ROWS = [(code, *row) for code, rows in CRITERIA.items() for row in rows]


# req: check/1.2
# req: spec-engine/1.2
@pytest.mark.parametrize(("code", "pattern", "modal", "is_negative", "subject", "text"), ROWS)
def test_a_criterion(code: str, pattern: str, modal: str, is_negative: bool, subject: str | None, text: str) -> None:
    statement = parse(text)
    assert (statement.language, statement.pattern.value, statement.modal_kind, statement.is_negative) == (code, pattern, modal, is_negative)
    if subject is not None:
        assert statement.subject == subject


@pytest.mark.parametrize("code", PACKS)
def test_every_pack_has_ten_criteria_of_every_kind(code: str) -> None:
    rows = CRITERIA[code]
    assert len(rows) >= 10
    assert {row[0] for row in rows} >= {"event", "unwanted", "state", "optional", "complex", "ubiquitous"}
    assert any(row[2] for row in rows)
    assert {row[1] for row in rows} == {"shall", "localised"}
