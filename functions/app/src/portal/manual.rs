//! The pages of the documentation: `docs/api/app.md#portal-and-guide`.

use runtime::{Admitted, Answer, Anyone, Endpoint, Gate, Input, Operation, Output, Reason, Request, Route};
use serde_json::{Value, json};
use shared::language::Language;
use web::words::Words;

use super::assets::not_found;
use super::context::Visit;
use super::packed::{PackedText, Taken};
use super::page::framed;
use super::reader::Reader;
use super::{FUNCTION, PortalContext};
use crate::wire::{AppApi, AppError};

/// `GET /docs/{page}`: a page of the documentation, with a form for each operation that it describes, in the reader's language.
#[derive(Clone, Copy, Debug)]
pub struct Manual;

/// A page of the documentation.
#[derive(Debug)]
pub struct ManualPage {
    /// Its name in the address.
    pub name: &'static str,
    /// What the side navigation calls it.
    pub title: Words,
    /// What it is for, in one line.
    pub about: Words,
    /// The file under `docs/` that it is made from.
    pub source: &'static str,
    /// The same in Chinese, for a page that was translated.
    pub chinese: Option<&'static str>,
    /// The tags of the operations in `docs/openapi.json` that it has forms for.
    pub tags: &'static [&'static str],
    text: [PackedText; 2],
}

impl ManualPage {
    /// The language of its text for a reader of `language`: English where nobody translated it.
    #[must_use]
    pub const fn spoken(&self, language: Language) -> Language {
        match self.chinese {
            Some(_) => language,
            None => Language::English,
        }
    }

    /// The page for a reader of `language`.
    const fn text(&self, language: Language) -> &PackedText {
        let [chinese, english] = &self.text;
        match language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }
}

/// A file that `cargo dev gen` writes.
macro_rules! packed_part {
    ($name:literal, $part:literal) => {
        include_bytes!(concat!("../../manual/", $name, $part))
    };
}

/// A page for readers of Chinese and one for readers of English. One that nobody translated has its one text in both frames.
macro_rules! packed_page {
    ($name:literal) => {{
        const TEXT: &[u8] = packed_part!($name, ".en.text");
        packed_page!($name, TEXT, TEXT)
    }};
    ($name:literal, translated) => {{
        const CHINESE: &[u8] = packed_part!($name, ".zh.text");
        const ENGLISH: &[u8] = packed_part!($name, ".en.text");
        packed_page!($name, CHINESE, ENGLISH)
    }};
    ($name:literal, $chinese:expr, $english:expr) => {
        [
            PackedText::page(packed_part!($name, ".zh.frame"), $chinese, Language::Chinese),
            PackedText::page(packed_part!($name, ".en.frame"), $english, Language::English),
        ]
    };
}

/// Every page, in the order of the side navigation.
pub const MANUAL: &[ManualPage] = &[
    ManualPage {
        name: "overview",
        title: ["概览", "Overview"],
        about: [
            "四个 API、全部路径，以及共同的规则",
            "the four APIs, every route, and the rules that hold for all of them",
        ],
        source: "api/README.md",
        chinese: Some("zh/api.md"),
        tags: &[],
        text: packed_page!("overview", translated),
    },
    ManualPage {
        name: "quickstart-web",
        title: ["上手：网页前端", "Quickstart: web"],
        about: ["让网页注册、登录并保持登录", "a web front end that signs people up and in, and keeps them signed in"],
        source: "quickstarts/web.md",
        chinese: Some("zh/quickstarts/web.md"),
        tags: &[],
        text: packed_page!("quickstart-web", translated),
    },
    ManualPage {
        name: "quickstart-nextjs",
        title: ["上手：Next.js", "Quickstart: Next.js"],
        about: ["在 Next.js 的服务器端读取会话", "a Next.js site that reads the session on the server"],
        source: "quickstarts/nextjs.md",
        chinese: Some("zh/quickstarts/nextjs.md"),
        tags: &[],
        text: packed_page!("quickstart-nextjs", translated),
    },
    ManualPage {
        name: "quickstart-mobile",
        title: ["上手：手机应用", "Quickstart: mobile"],
        about: ["手机应用的注册和登录", "a phone app in Flutter or React Native"],
        source: "quickstarts/mobile.md",
        chinese: Some("zh/quickstarts/mobile.md"),
        tags: &[],
        text: packed_page!("quickstart-mobile", translated),
    },
    ManualPage {
        name: "quickstart-backend",
        title: ["上手：后端", "Quickstart: backend"],
        about: ["在自己的后端验证令牌", "a backend that verifies tokens"],
        source: "quickstarts/backend.md",
        chinese: Some("zh/quickstarts/backend.md"),
        tags: &[],
        text: packed_page!("quickstart-backend", translated),
    },
    ManualPage {
        name: "quickstart-third-party",
        title: ["上手：第三方应用", "Quickstart: third party"],
        about: ["经用户同意访问的第三方应用", "somebody else's app, with the user's consent"],
        source: "quickstarts/third-party.md",
        chinese: Some("zh/quickstarts/third-party.md"),
        tags: &[],
        text: packed_page!("quickstart-third-party", translated),
    },
    ManualPage {
        name: "quickstart-mcp",
        title: ["上手：MCP 服务器", "Quickstart: MCP"],
        about: ["代理程序可以连接的 MCP 服务器", "an MCP server that agents connect to"],
        source: "quickstarts/mcp.md",
        chinese: Some("zh/quickstarts/mcp.md"),
        tags: &[],
        text: packed_page!("quickstart-mcp", translated),
    },
    ManualPage {
        name: "quickstart-hashed",
        title: ["上手：密码摘要", "Quickstart: hashed"],
        about: ["绝不发送明文密码的客户端", "a client that never sends a plain password"],
        source: "quickstarts/hashed.md",
        chinese: Some("zh/quickstarts/hashed.md"),
        tags: &[],
        text: packed_page!("quickstart-hashed", translated),
    },
    ManualPage {
        name: "app",
        title: ["App API", "App API"],
        about: [
            "面向手机应用和多应用客户端，令牌在 JSON 里",
            "for phone apps and for clients of several apps; a token in JSON",
        ],
        source: "api/app.md",
        chinese: None,
        tags: &["app"],
        text: packed_page!("app"),
    },
    ManualPage {
        name: "browser",
        title: ["Browser API", "Browser API"],
        about: [
            "面向自己的网页前端，使用脚本读不到的 Cookie",
            "for your own web front ends; cookies that scripts cannot read",
        ],
        source: "api/browser.md",
        chinese: None,
        tags: &["browser"],
        text: packed_page!("browser"),
    },
    ManualPage {
        name: "account",
        title: ["Account API", "Account API"],
        about: [
            "面向绝不发送明文密码的客户端，一对令牌在 JSON 里",
            "for clients that never send a plain password; a pair of tokens in JSON",
        ],
        source: "api/account.md",
        chinese: None,
        tags: &["account"],
        text: packed_page!("account"),
    },
    ManualPage {
        name: "oauth",
        title: ["OAuth 2.0", "OAuth 2.0"],
        about: [
            "面向第三方应用：经用户同意，凭令牌读取",
            "for apps of third parties, with the user's consent, and what they may read by a token",
        ],
        source: "api/oauth.md",
        chinese: None,
        tags: &["oauth", "resources"],
        text: packed_page!("oauth"),
    },
    ManualPage {
        name: "oidc",
        title: ["OpenID Connect", "OpenID Connect"],
        about: [
            "面向让用户登录的第三方应用：ID 令牌、发现文档、退出",
            "for apps of third parties that sign their users in; ID tokens, discovery, sign-out",
        ],
        source: "api/oidc.md",
        chinese: None,
        tags: &[],
        text: packed_page!("oidc"),
    },
    ManualPage {
        name: "pages",
        title: ["页面", "Pages"],
        about: [
            "用户在浏览器里看到的：登录、授权、账号、安全",
            "what people see in a browser: sign-in, consent, account, security",
        ],
        source: "api/pages.md",
        chinese: None,
        tags: &[],
        text: packed_page!("pages"),
    },
    ManualPage {
        name: "errors",
        title: ["错误", "Errors"],
        about: ["每个 API 的每个错误：何时出现，怎样处理", "every error of every API, when it comes, and what to do"],
        source: "errors.md",
        chinese: None,
        tags: &[],
        text: packed_page!("errors"),
    },
];

/// The page of the path's name, if there is one, and how it is taken, by whom.
#[derive(Debug)]
pub struct Opened {
    page: Option<&'static ManualPage>,
    reader: Reader,
    taken: Taken,
}

/// The same in the reader's language.
#[derive(Debug)]
pub struct Shown {
    text: Option<&'static PackedText>,
    taken: Taken,
}

impl Endpoint for Manual {
    const ROUTE: Route = Route::get("app-manual", "/docs/{page}").of(FUNCTION);
    const SUMMARY: &'static str = "Show a page of the documentation of all APIs. No credentials, not counted.";
    const COUNTED: bool = false;
    const ERRORS: &'static [AppError] = &[];
    type Dialect = AppApi;
    type Ctx = PortalContext;
    type Caller = Anyone;
    type Input = Opened;
    type Output = Shown;

    async fn call(at: &Visit, _: Anyone, opened: Opened, gate: Gate<'_>) -> Result<Admitted<Shown>, AppError> {
        let language = opened.reader.language(at.config());
        let text = opened.page.map(|page| page.text(language));
        Ok(gate.pass().await?.give(Shown { text, taken: opened.taken }))
    }

    fn describe() -> Operation {
        let mut operation = Operation::of::<Self>();
        operation.refusals.push(not_found());
        operation
    }
}

impl Input<Manual> for Opened {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let name = request.path("page").unwrap_or_default();
        let page = MANUAL.iter().find(|page| page.name == name);
        Ok(Self { page, reader: Reader::of(request), taken: Taken::of(request) })
    }

    fn schema() -> Option<Value> {
        None
    }
}

impl Output for Shown {
    const OTHERWISE: &'static [u16] = &[304, 404];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        self.text.is_none().then_some(Reason::NotFound)
    }

    fn answer(self) -> Answer {
        match self.text {
            Some(text) => framed(text.answer(&self.taken)),
            None => not_found(),
        }
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
