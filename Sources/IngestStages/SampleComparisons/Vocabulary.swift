/// The words of one language: neutral ones, and ones that the latent judge likes or dislikes.
struct Vocabulary: Sendable {
    /// The name of the language, as in the arena data.
    let language: String
    /// The number of conversations in it, out of a thousand.
    let share: Int
    /// Words that mean nothing to the judge.
    let plain: [[UInt8]]
    /// Words that improve a response.
    let good: [[UInt8]]
    /// Words that make it worse.
    let bad: [[UInt8]]
    /// The separator between two words; empty in scripts without spaces.
    let space: [UInt8]
    /// The end of a sentence.
    let stop: [UInt8]

    private init(
        _ language: String, share: Int, plain: String, good: String, bad: String, space: String = " ",
        stop: String = "."
    ) {
        func words(_ text: String) -> [[UInt8]] {
            text.split(whereSeparator: \.isWhitespace).map { Array($0.utf8) }
        }
        self.language = language
        self.share = share
        self.plain = words(plain)
        self.good = words(good)
        self.bad = words(bad)
        self.space = Array(space.utf8)
        self.stop = Array(stop.utf8)
    }

    /// The languages, by decreasing share.
    static let all = [
        Vocabulary(
            "English", share: 740,
            plain: """
                the a of to in and for with on by from that this is are was be can may one two each other more
                water river city people music number table letter question answer story garden winter summer
                school market paper window machine engine language country history science colour animal bread
                coffee travel family friend morning evening system value result method reason problem example
                point part line order form place time year work world hand eye road house light sound plan
                first second next often never always under over after before between about through while when
                make take give find keep write read think learn build change move turn start stop open close
                large small early late simple common recent general local public whole short long high low
                """,
            good: "clearly step precise because therefore evidence compare carefully verified balanced",
            bad: "sorry unfortunately whatever basically unsure vague maybe nonsense cannot boring"),
        Vocabulary(
            "Chinese", share: 90,
            plain: """
                我们 他们 这个 那个 可以 因为 所以 如果 但是 城市 音乐 问题 回答 故事 花园 冬天 夏天 学校 市场 语言
                国家 历史 科学 颜色 动物 面包 咖啡 旅行 家庭 朋友 早上 晚上 系统 结果 方法 例子 地方 时间 世界 工作
                """,
            good: "清楚 准确 证据 仔细 比较 验证", bad: "抱歉 可能吧 模糊 胡说 无聊 不确定", space: "", stop: "。"),
        Vocabulary(
            "Russian", share: 70,
            plain: """
                и в на не что это как для мы они город музыка вопрос ответ рассказ сад зима лето школа рынок язык
                страна история наука цвет животное хлеб кофе дорога семья друг утро вечер система значение метод
                пример место время мир работа дом свет звук план большой малый ранний поздний простой общий
                """,
            good: "ясно точно поэтому доказательство тщательно проверено",
            bad: "извините возможно расплывчато ерунда скучно неуверенно"),
        Vocabulary(
            "Arabic", share: 60,
            plain: """
                في من على هذا هذه كان يمكن المدينة الموسيقى السؤال الجواب القصة الحديقة الشتاء الصيف المدرسة السوق
                اللغة البلد التاريخ العلم اللون الحيوان الخبز القهوة السفر العائلة الصديق الصباح المساء النظام
                """,
            good: "بوضوح بدقة لذلك الدليل بعناية مؤكد", bad: "آسف ربما غامض هراء ممل متردد"),
        Vocabulary(
            "Hindi", share: 40,
            plain: """
                और का के की में से यह वह है हम शहर संगीत प्रश्न उत्तर कहानी बगीचा सर्दी गर्मी विद्यालय बाज़ार भाषा
                देश इतिहास विज्ञान रंग पशु रोटी कॉफ़ी यात्रा परिवार मित्र सुबह शाम प्रणाली मूल्य विधि उदाहरण स्थान
                """,
            good: "स्पष्ट सटीक इसलिए प्रमाण सावधानी सत्यापित", bad: "क्षमा शायद अस्पष्ट बकवास उबाऊ अनिश्चित",
            stop: "।"),
    ]

    /// Emoji that occur in any language.
    static let emoji = ["😀", "🚀", "👍🏽", "🎉", "👩‍💻", "❤️", "🇺🇳"].map { Array($0.utf8) }
}
