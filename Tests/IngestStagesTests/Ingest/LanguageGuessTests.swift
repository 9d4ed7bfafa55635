import Testing

@testable import IngestStages

struct LanguageGuessTests {
    @Test(arguments: [
        ("Hello there", "latin"), ("Žluťoučký kůň", "latin"), ("Привет, мир", "cyrillic"),
        ("你好，世界", "zh"), ("漢字とかな", "ja"), ("안녕하세요", "ko"), ("مرحبا", "arabic"), ("שלום", "he"),
        ("नमस्ते", "hi"), ("สวัสดี", "th"), ("Γειά σου", "el"), ("😀 123 ...", nil), ("", nil),
        ("print(x) // 注释注释注释注释", "zh"),
    ])
    func looksAtTheScript(_ text: String, _ language: String?) {
        #expect(LanguageGuess.language(of: Array(text.utf8)) == language)
    }

    @Test func toleratesAnyBytes() {
        #expect(LanguageGuess.language(of: [0xE4, 0xBD, 0x41, 0xFF, 0x80, 0xF0]) == "latin")
    }
}
