/** HTML of mail programs, newsletters and accidents: in each a person must see what is added, once. The words BODY stand in each, and stay visible. */
export const htmlShapes: Readonly<Record<string, string>> = {
  'a whole document': '<!DOCTYPE html><html><head><title>t</title></head><body><p>BODY</p></body></html>',
  'a fragment': '<p>BODY</p>',
  'text alone': 'BODY',
  'no end tags': '<html><body><p>BODY<p>more',
  'a body without end tags': '<html><head></head><body bgcolor="#ffffff"><div>BODY</div>',
  'an end tag of html alone': '<html><p>BODY</p></html>',
  'two bodies': '<html><body><p>BODY</p></body><body><p>second</p></body></html>',
  'text behind the end': '<html><body><p>BODY</p></body></html>\n<p>tracking text</p>',
  'two documents': '<html><body><p>BODY</p></body></html><html><body><p>second</p></body></html>',
  'an end of body in a comment': '<html><body><p>BODY</p><!-- </body> --></body></html>',
  'an end of body in an MSO conditional':
    '<html><body><p>BODY</p><!--[if mso]></td></tr></table></body><![endif]--></body></html>',
  'an MSO conditional around a table':
    '<html><body><!--[if mso]><table><tr><td><![endif]--><div>BODY</div><!--[if mso]></td></tr></table><![endif]--></body></html>',
  'a revealed conditional': '<html><body><![if !mso]><p>BODY</p><![endif]></body></html>',
  'a comment left open': '<html><body><p>BODY</p><!-- never closed </body></html>',
  'a style left open': '<html><body><p>BODY</p><style>p { color: red } </body></html>',
  'a textarea left open': '<html><body><p>BODY</p><textarea>typed </body></html>',
  'a template left open': '<html><body><p>BODY</p><template><p>x</p></body></html>',
  'a title left open in the body': '<html><body><p>BODY</p><title>x</body></html>',
  'an xmp left open': '<html><body><p>BODY</p><xmp>x</body></html>',
  'a select left open': '<html><body><p>BODY</p><select><option>x</body></html>',
  'an svg at the end': '<html><body><p>BODY</p><svg width="10" height="10"><text>x</text></svg></body></html>',
  'an end of body in an attribute':
    '<html><body><p title="</body>">BODY</p><img alt="</body></html>" width="1" height="1"></body></html>',
  'an end of body in a script': '<html><body><p>BODY</p><script type="text/x">"</body>"</script></body></html>',
  'a reply in Gmail':
    '<div dir="ltr">BODY</div><div class="gmail_quote"><div class="gmail_attr">On Monday Bob wrote:</div><blockquote class="gmail_quote"><div>old</div></blockquote></div>',
  'a reply in Outlook':
    '<html><body><div class="WordSection1"><p>BODY</p></div><div id="divRplyFwdMsg"><b>From:</b> Bob</div><div>old</div></body></html>',
  'a reply with the quoted document inside':
    '<html><body><p>BODY</p><blockquote><html><head><style>p{}</style></head><body><p>old</p></body></html></blockquote></body></html>',
  'a forwarded document behind':
    '<html><body><p>BODY</p><hr><!DOCTYPE html><html><body><p>old</p></body></html></body></html>',
  'a hidden preheader': '<html><body><div style="display:none;max-height:0">preheader</div><p>BODY</p></body></html>',
  'a hidden part at the end': '<html><body><p>BODY</p><div style="display:none">tracking</div></body></html>',
  'a hidden part left open': '<html><body><p>BODY</p><div style="display:none">tracking</body></html>',
  'a table left open': '<html><body><table><tr><td>BODY',
  'nested tables':
    '<html><body><table width="100%"><tr><td><table><tr><td>BODY</td></tr></table></td></tr></table></body></html>',
  'a table of fixed height':
    '<html><body><table height="100%"><tr><td style="overflow:hidden">BODY</td></tr></table></body></html>',
  'a style for dark screens':
    '<html><head><meta name="color-scheme" content="light dark"><style>@media (prefers-color-scheme: dark) { body { background: #000 !important; color: #fff !important } }</style></head><body><p>BODY</p></body></html>',
  'a white text on black': '<html><body style="background:#000;color:#fff"><p>BODY</p></body></html>',
  'a style that hides what follows':
    '<html><head><style>.x ~ div { display: none }</style></head><body><p class="y">BODY</p></body></html>',
  'a link left open': '<html><body><p>BODY</p><a href="https://example.test/">link</body></html>',
  'a list left open': '<html><body><p>BODY</p><ul><li>one<li>two</body></html>',
  'a font left open': '<html><body><font size="1" color="#999999"><p>BODY</p></body></html>',
  'upper case': '<HTML><BODY><P>BODY</P></BODY></HTML>',
  'white space in the end tag': '<html><body><p>BODY</p></body\n></html >',
  'a broken attribute': '<html><body><p>BODY</p><p style="color:red>x</p></body></html>',
  'a frameset': '<html><body><p>BODY</p><noframes>x</noframes></body></html>',
  'noscript at the end': '<html><body><p>BODY</p><noscript><img src="x:"></body></html>',
  'an iframe left open': '<html><body><p>BODY</p><iframe width="1" height="1"></body></html>',
  'a details closed': '<html><body><p>BODY</p><details><summary>more</summary><p>x</p></details></body></html>',
};
