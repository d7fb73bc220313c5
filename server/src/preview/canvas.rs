//! Pixels: rectangles, text, and the picture as a PNG. No other program and no font of the system is asked.

use std::io::Write as _;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

/// Red, green, blue.
pub type Colour = [u8; 3];

/// The only font there is: 361 KB of letters of Latin, Greek and Cyrillic scripts.
const FONT: &[u8] = epaint_default_fonts::UBUNTU_LIGHT;

/// A picture that is drawn on.
#[derive(Debug)]
pub struct Canvas {
    width: usize,
    height: usize,
    /// Row by row, three bytes a pixel.
    pixels: Vec<u8>,
    font: FontRef<'static>,
}

/// A corner and a size, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl Canvas {
    /// A picture of one colour.
    pub fn new(width: usize, height: usize, ground: Colour) -> Self {
        let font =
            FontRef::try_from_slice(FONT).expect("the font is part of the program and was read by its tests");
        Self { width, height, pixels: ground.repeat(width * height), font }
    }

    /// Fills an area, as far as it is on the picture.
    pub fn fill(&mut self, area: Area, colour: Colour) {
        let right = (area.x + area.width).min(self.width);
        for y in area.y..(area.y + area.height).min(self.height) {
            for x in area.x.min(right)..right {
                self.blend(x, y, colour, 1.0);
            }
        }
    }

    /// Whether there is a letter for everything in `text`.
    pub fn can_write(&self, text: &str) -> bool {
        text.chars().all(|c| c.is_whitespace() || self.font.glyph_id(c).0 != 0)
    }

    /// How wide `text` is in letters of `size` pixels.
    pub fn width_of(&self, text: &str, size: f32) -> f32 {
        self.glyphs(text, (0.0, 0.0), size).1
    }

    /// Writes one line; `baseline` is its left end.
    pub fn write(&mut self, text: &str, baseline: (f32, f32), size: f32, colour: Colour) {
        let outlines: Vec<_> = {
            let (glyphs, _) = self.glyphs(text, baseline, size);
            glyphs.into_iter().filter_map(|glyph| self.font.outline_glyph(glyph)).collect()
        };
        for outline in outlines {
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, coverage| self.ink((corner.x, corner.y), (x, y), coverage, colour));
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "pictures are far smaller than numbers go")]
    fn ink(&mut self, corner: (f32, f32), (x, y): (u32, u32), coverage: f32, colour: Colour) {
        let at = |corner: f32, offset: u32| {
            let place = corner as i64 + i64::from(offset);
            usize::try_from(place).ok()
        };
        if let (Some(x), Some(y)) = (at(corner.0, x), at(corner.1, y))
            && x < self.width
            && y < self.height
        {
            self.blend(x, y, colour, coverage.clamp(0.0, 1.0));
        }
    }

    /// The letters of a line from `baseline` on, and where it ends.
    fn glyphs(&self, text: &str, baseline: (f32, f32), size: f32) -> (Vec<Glyph>, f32) {
        let scale = PxScale::from(size);
        let font = self.font.as_scaled(scale);
        let (mut x, mut former, mut glyphs) = (baseline.0, None, Vec::new());
        for c in text.chars() {
            let id = font.glyph_id(c);
            if let Some(former) = former.replace(id) {
                x += font.kern(former, id);
            }
            glyphs.push(id.with_scale_and_position(scale, point(x, baseline.1)));
            x += font.h_advance(id);
        }
        (glyphs, x)
    }

    fn blend(&mut self, x: usize, y: usize, colour: Colour, coverage: f32) {
        let start = (y * self.width + x) * 3;
        for (pixel, part) in self.pixels[start..start + 3].iter_mut().zip(colour) {
            let (below, above) = (f32::from(*pixel), f32::from(part));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it lies between two bytes"
            )]
            let mixed = (below + (above - below) * coverage).round() as u8;
            *pixel = mixed;
        }
    }

    /// The picture as a file: <https://www.w3.org/TR/png-3/>, eight bits for each of three colours.
    pub fn to_png(&self) -> Vec<u8> {
        let mut rows = Vec::with_capacity(self.pixels.len() + self.height);
        for row in self.pixels.chunks(self.width * 3) {
            // Every row says how it is filtered: not at all.
            rows.push(0);
            rows.extend_from_slice(row);
        }
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(&rows).expect("pictures are compressed in memory");
        let packed = packed.finish().expect("pictures are compressed in memory");
        let size = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
        let header = [&size(self.width)[..], &size(self.height), &[8, 2, 0, 0, 0]].concat();
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        for (name, content) in [(b"IHDR", &header[..]), (b"IDAT", &packed), (b"IEND", &[])] {
            chunk(&mut file, *name, content);
        }
        file
    }
}

/// One part of a PNG file: length, name, content, and a checksum of the last two.
fn chunk(file: &mut Vec<u8>, name: [u8; 4], content: &[u8]) {
    let length = u32::try_from(content.len()).expect("a picture is far smaller than four gigabytes");
    let mut sum = flate2::Crc::new();
    sum.update(&name);
    sum.update(content);
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(&name);
    file.extend_from_slice(content);
    file.extend_from_slice(&sum.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    const WHITE: Colour = [255; 3];
    const BLACK: Colour = [0; 3];

    fn dark(canvas: &Canvas) -> usize {
        canvas.pixels.chunks(3).filter(|pixel| pixel[0] < 128).count()
    }

    #[test]
    fn an_area_is_filled_as_far_as_the_picture_goes() {
        let mut canvas = Canvas::new(10, 10, WHITE);
        canvas.fill(Area { x: 8, y: 8, width: 50, height: 50 }, BLACK);
        assert_eq!(dark(&canvas), 4);
        canvas.fill(Area { x: 90, y: 90, width: 5, height: 5 }, BLACK);
        assert_eq!(dark(&canvas), 4);
    }

    #[test]
    fn text_is_written_where_it_belongs_and_cut_off_at_the_edge() {
        let mut canvas = Canvas::new(200, 60, WHITE);
        canvas.write("Plenary", (10.0, 45.0), 40.0, BLACK);
        let within = dark(&canvas);
        assert!(within > 200, "{within}");
        canvas.write("Plenary", (-500.0, 45.0), 40.0, BLACK);
        canvas.write("Plenary", (190.0, 500.0), 40.0, BLACK);
        assert_eq!(dark(&canvas), within);
        assert!(canvas.width_of("Plenary", 40.0) > canvas.width_of("Plenary", 20.0));
    }

    #[test]
    fn what_the_font_cannot_write_is_known() {
        let canvas = Canvas::new(1, 1, WHITE);
        assert!(canvas.can_write("Größe 100 % – Ελλάδα, Россия, Łódź"));
        assert!(!canvas.can_write("東京"));
    }

    #[test]
    fn a_picture_is_a_png_that_holds_its_pixels() {
        let mut canvas = Canvas::new(3, 2, WHITE);
        canvas.fill(Area { x: 1, y: 0, width: 1, height: 1 }, [1, 2, 3]);
        let file = canvas.to_png();
        assert_eq!(&file[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&file[8..29], b"\0\0\0\x0dIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0");
        let data = file.windows(4).position(|name| name == b"IDAT").unwrap() + 4;
        let length = u32::from_be_bytes(file[data - 8..data - 4].try_into().unwrap()) as usize;
        let mut rows = Vec::new();
        flate2::read::ZlibDecoder::new(&file[data..data + length]).read_to_end(&mut rows).unwrap();
        assert_eq!(rows, [&[0, 255, 255, 255, 1, 2, 3, 255, 255, 255][..], &[0], &[255; 9]].concat());
        // What every file without content ends with.
        assert!(file.ends_with(b"IEND\xae\x42\x60\x82"));
    }
}
