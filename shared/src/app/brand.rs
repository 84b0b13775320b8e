//! What the pages and mails of an app wear: a logo, a colour, and links.

use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};

use crate::hex::hex;
use crate::origin::Origin;

/// How an app's pages look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// The name of its logo, which is stored beside the app.
    pub logo: Option<LogoName>,
    /// The colour of buttons and links.
    pub accent: Option<Accent>,
    /// The page of its terms.
    pub terms: Option<Link>,
    /// The page that says what becomes of people's data.
    pub privacy: Option<Link>,
    /// Where people get help.
    pub support: Option<Link>,
}

/// A page that an app links to: `https`, or `http` of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link(String);

/// The text is not the address of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a link is an https address of up to 512 letters, without spaces and quotes: write https://shop.example/terms")]
pub struct NotALink;

impl Link {
    const LONGEST: usize = 512;

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Link {
    type Err = NotALink;

    fn from_str(text: &str) -> Result<Self, NotALink> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte);
        if text.len() > Self::LONGEST || !text.bytes().all(plain) {
            return Err(NotALink);
        }
        let (origin, rest) = Origin::of(text).map_err(|_| NotALink)?;
        if origin.is_web() && origin.is_safe() { Ok(Self(format!("{origin}{rest}"))) } else { Err(NotALink) }
    }
}

/// A colour that text can be read in, and on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent {
    light: Colour,
    dark: Colour,
}

/// Why a colour is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAccent {
    /// It is not a colour.
    #[error("a colour is written #1f5f5b")]
    Malformed,
    /// White text on it, or text of it on a light page, cannot be read by everybody (WCAG 2.2, 1.4.3).
    #[error("the contrast of this colour with a light page is under 4.5:1: choose a darker one")]
    TooLight,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Colour([u8; 3]);

/// What text needs (WCAG 2.2, 1.4.3).
const READABLE: f64 = 4.5;
/// The ground of a light page, and the card of a dark one, as `functions/web/templates/page.css` has them.
const LIGHT: Colour = Colour([0xf4, 0xf5, 0xf7]);
const DARK: Colour = Colour([0x16, 0x19, 0x1d]);

impl Colour {
    /// Its relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126f64.mul_add(red, 0.7152f64.mul_add(green, 0.0722 * blue))
    }

    /// How far it stands out from another (WCAG 2.2).
    fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// The colour with `part` of sixteen of white in it.
    fn with_white(self, part: u16) -> Self {
        let mix = |colour: u8| u8::try_from((u16::from(colour) * (16 - part) + 255 * part) / 16).unwrap_or(u8::MAX);
        Self(self.0.map(mix))
    }

    fn text(self) -> String {
        format!("#{}", hex(&self.0))
    }
}

/// What stands in place of a picture: the first letter of a name.
#[must_use]
pub fn initial(name: &str) -> String {
    name.chars()
        .find(|letter| letter.is_alphanumeric())
        .map(|letter| letter.to_uppercase().collect())
        .unwrap_or_default()
}

impl Accent {
    /// The colour of an app that chose none, as `functions/web/templates/page.css` has it.
    pub const OURS: Self = Self { light: Colour([0x1f, 0x5f, 0x5b]), dark: Colour([0x7c, 0xc7, 0xbf]) };

    /// On light pages, with white text on it.
    #[must_use]
    pub fn light(self) -> String {
        self.light.text()
    }

    /// On dark pages, with dark text on it: the same colour with as much white as it needs to be read.
    #[must_use]
    pub fn dark(self) -> String {
        self.dark.text()
    }
}

impl FromStr for Accent {
    type Err = NotAnAccent;

    fn from_str(text: &str) -> Result<Self, NotAnAccent> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or(NotAnAccent::Malformed)?;
        let part = |at: usize| digits.get(at..at + 2).and_then(|part| u8::from_str_radix(part, 16).ok());
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (Some(red), Some(green), Some(blue), true) = (part(0), part(2), part(4), is_hex) else {
            return Err(NotAnAccent::Malformed);
        };
        let light = Colour([red, green, blue]);
        if light.contrast(LIGHT) < READABLE {
            return Err(NotAnAccent::TooLight);
        }
        let lighter = (0..=16).map(|part| light.with_white(part)).find(|tint| tint.contrast(DARK) >= READABLE);
        Ok(Self { light, dark: lighter.unwrap_or(Colour([0xff; 3])) })
    }
}

/// A picture that an operator stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo {
    kind: LogoKind,
    bytes: Vec<u8>,
}

/// How large it is; the picture is not printed.
impl std::fmt::Debug for Logo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logo").field("kind", &self.kind).field("bytes", &self.bytes.len()).finish()
    }
}

/// What browsers show as a picture and never as a page. SVG is not among them: it is a document with scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LogoKind {
    Png,
    Jpeg,
    Webp,
}

/// Why a file is not taken for a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotALogo {
    /// It is too large.
    #[error("a logo has at most 64 KiB")]
    TooLarge,
    /// It is not a picture, or not one of a kind that is taken.
    #[error("a logo is a PNG, JPEG or WebP picture; its bytes say what it is, not its name")]
    Unknown,
}

impl Logo {
    /// The largest file.
    pub const LARGEST: usize = 64 * 1024;

    /// Reads a file. Its bytes say what it is.
    ///
    /// # Errors
    /// [`NotALogo`]
    pub fn read(bytes: Vec<u8>) -> Result<Self, NotALogo> {
        if bytes.len() > Self::LARGEST {
            return Err(NotALogo::TooLarge);
        }
        let kind = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            LogoKind::Png
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            LogoKind::Jpeg
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            LogoKind::Webp
        } else {
            return Err(NotALogo::Unknown);
        };
        Ok(Self { kind, bytes })
    }

    /// The name that changes with the picture.
    #[must_use]
    pub fn name(&self) -> LogoName {
        let extension = match self.kind {
            LogoKind::Png => "png",
            LogoKind::Jpeg => "jpg",
            LogoKind::Webp => "webp",
        };
        LogoName(format!("{}.{extension}", hex(&digest(&SHA256, &self.bytes).as_ref()[..8])))
    }

    /// The media type.
    #[must_use]
    pub const fn media_type(&self) -> &'static str {
        match self.kind {
            LogoKind::Png => "image/png",
            LogoKind::Jpeg => "image/jpeg",
            LogoKind::Webp => "image/webp",
        }
    }

    /// The picture.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// What a logo is called: it changes with the picture, so that browsers may keep the picture for as long as they like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoName(String);

/// The text is not the name of a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the name of a logo")]
pub struct NotALogoName;

impl LogoName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogoName {
    type Err = NotALogoName;

    fn from_str(text: &str) -> Result<Self, NotALogoName> {
        let (hash, extension) = text.split_once('.').ok_or(NotALogoName)?;
        let is_hash = hash.len() == 16 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_known = ["png", "jpg", "webp"].contains(&extension);
        if is_hash && is_known { Ok(Self(text.to_owned())) } else { Err(NotALogoName) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Accent, DARK, LIGHT, Link, Logo, LogoName, NotALogo, NotAnAccent, READABLE};

    #[test]
    fn a_colour_that_cannot_be_read_on_a_light_page_is_refused() {
        for (text, why) in [
            ("#ffffff", NotAnAccent::TooLight),
            ("#7cc7bf", NotAnAccent::TooLight),
            ("#767676", NotAnAccent::TooLight),
            ("red", NotAnAccent::Malformed),
            ("#12345", NotAnAccent::Malformed),
            ("#+1+1+1", NotAnAccent::Malformed),
            ("#1f5f5b;}", NotAnAccent::Malformed),
            ("#ééé", NotAnAccent::Malformed),
        ] {
            assert_eq!(text.parse::<Accent>(), Err(why), "{text}");
        }
    }

    #[test]
    fn the_colour_of_an_app_that_chose_none_can_be_read_too() {
        assert!(Accent::OURS.light.contrast(LIGHT) >= READABLE && Accent::OURS.dark.contrast(DARK) >= READABLE);
    }

    #[test]
    fn a_colour_that_is_taken_can_be_read_on_light_and_dark_pages() {
        for text in ["#1f5f5b", "#000000", "#0b57d0", "#b3261e", "#6b21a8", "#0000FF"] {
            let accent: Accent = text.parse().expect("a colour");
            assert_eq!(accent.light(), text.to_lowercase());
            assert!(accent.light.contrast(LIGHT) >= READABLE, "{text}");
            assert!(accent.dark.contrast(DARK) >= READABLE, "{text} is {} on dark pages", accent.dark());
        }
    }

    #[test]
    fn the_bytes_of_a_file_say_whether_it_is_a_logo() {
        let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 10]].concat();
        let logo = Logo::read(png.clone()).expect("a logo");
        assert_eq!(logo.media_type(), "image/png");
        assert_eq!(logo.name().as_str().parse(), Ok(logo.name()));
        assert_ne!(Logo::read([png, vec![1]].concat()).map(|other| other.name()), Ok(logo.name()));
        for (bytes, why) in [
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), NotALogo::Unknown),
            (b"<html>".to_vec(), NotALogo::Unknown),
            (Vec::new(), NotALogo::Unknown),
            (b"RIFF1234WAVE".to_vec(), NotALogo::Unknown),
            (vec![0xff; Logo::LARGEST + 1], NotALogo::TooLarge),
        ] {
            assert_eq!(Logo::read(bytes), Err(why));
        }
        for text in ["", "../x.png", "0123456789abcdef.svg", "0123456789ABCDEF.png", "0123456789abcdef.png.html"] {
            assert!(text.parse::<LogoName>().is_err(), "{text}");
        }
    }

    #[test]
    fn links_lead_to_pages_and_to_nothing_that_runs() {
        for text in
            ["https://shop.example/terms", "https://shop.example/legal?lang=en#privacy", "http://127.0.0.1/help"]
        {
            assert_eq!(text.parse::<Link>().expect("a link").as_str(), text);
        }
        for text in [
            "",
            "javascript:alert(1)",
            "http://shop.example",
            "https://a.example/\"><script>",
            "data:text/html,x",
            "//a.example",
        ] {
            assert!(text.parse::<Link>().is_err(), "{text}");
        }
    }
}
