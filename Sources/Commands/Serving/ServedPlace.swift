import Digests

/// Where a page is served, and how it learns that it is out of date.
struct ServedPlace {
    /// The path of the list of runs; nil on that page itself.
    let home: String?
    /// The path of the state.
    let state: String
    /// The state that the page shows.
    let version: String

    /// Polls the state, and reloads the page if it has changed; open sections and the scroll position are kept.
    static let script = """
        (function(){'use strict';
        var body=document.body,key='sluice:'+location.pathname,waiting=0,note=null;
        try{var kept=JSON.parse(sessionStorage.getItem(key)||'null');sessionStorage.removeItem(key);
        if(kept){kept.open.forEach(function(id){var d=document.getElementById(id);if(d)d.open=true;});window.scrollTo(0,kept.y);}}catch(e){}
        function say(text){if(!note){note=document.createElement('p');note.className='dim';note.setAttribute('role','status');
        document.querySelector('header').appendChild(note);}note.textContent=text;}
        function again(ms){clearTimeout(waiting);waiting=setTimeout(ask,ms);}
        function ask(){if(document.hidden){again(2000);return;}
        fetch(body.dataset.state,{cache:'no-store'}).then(function(r){if(!r.ok)throw new Error(r.status);return r.text();}).then(function(t){
        if(t!==body.dataset.version){var open=Array.from(document.querySelectorAll('details[open]')).map(function(d){return d.id;});
        try{sessionStorage.setItem(key,JSON.stringify({open:open,y:window.scrollY}));}catch(e){}location.reload();return;}
        if(note)note.textContent='';again(2000);}).catch(function(){say('sluice ui has ended; this page stays as it is.');again(5000);});}
        document.addEventListener('visibilitychange',function(){if(!document.hidden)again(0);});again(2000);
        })();
        """

    /// What a served page may do: run its own scripts, and ask for the state.
    static let policy: String = {
        func source(_ text: String) -> String {
            "'sha256-\(HTML.base64(Array(SHA256.digest(of: text).bytes)))'"
        }
        return [
            "default-src 'none'", "style-src \(source(ReportStyle.sheet))",
            "script-src \(source(ReportStyle.script)) \(source(script))", "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ].joined(separator: "; ")
    }()
}
