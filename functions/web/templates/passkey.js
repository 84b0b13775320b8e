(async()=>{
const form=document.querySelector("form[data-passkey]"),kind=window.PublicKeyCredential;
if(!form||!kind?.parseRequestOptionsFromJSON)return;
const{passkey,options,offers}=form.dataset,creates=passkey=="create",said=form.querySelector("[role=alert]");
let waiting;
const fetched=async()=>{
const answer=await fetch(options,{method:"POST",body:new URLSearchParams(new FormData(form))});
if(answer.status==401)creates?form.submit():location.reload();
if(!answer.ok)throw answer;
return kind[creates?"parseCreationOptionsFromJSON":"parseRequestOptionsFromJSON"](await answer.json())
};
const ask=async(first,mediation)=>{
waiting?.abort();
const{signal}=waiting=new AbortController(),publicKey=first||await fetched();
form.elements.credential.value=JSON.stringify(await navigator.credentials[passkey]({publicKey,mediation,signal}));
form.submit()
};
form.addEventListener("submit",event=>{
event.preventDefault();
said.hidden=true;
ask().catch(()=>said.hidden=false)
});
form.hidden=false;
try{
if(offers&&await kind.isConditionalMediationAvailable?.())await ask(await fetched(),"conditional")
}catch{}
})();
